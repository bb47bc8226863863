"""A machine with cameras for the tests of this folder, where there can be one."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.camera.clips import film, photograph
from tests.camera.installed import Installed
from tests.camera.machine import CameraMachine, impossible
from tests.data import ROOT

WANTED = "FACELATCH_TEST_CAMERA"


@pytest.fixture(scope="session", autouse=True)
def _possible() -> None:
    """Skips where the machine cannot be run, or nobody asked for it."""
    if not os.environ.get(WANTED):
        pytest.skip("emulates a machine with cameras, a quarter of an hour: scripts/test --camera")
    if os.geteuid() != 0:
        pytest.skip("making the machine needs root")
    if problem := impossible():
        pytest.skip(problem)


@pytest.fixture(scope="session")
def machine() -> Iterator[CameraMachine]:
    """The machine, up; it shares this checkout, its networks, and clips for its cameras."""
    found = CameraMachine()
    found.build()
    _share(found.share)
    found.boot()
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="session")
def installed(machine: CameraMachine) -> Installed:
    """The service, installed there by the project's own command, with its user enrolled."""
    return Installed(machine)


def _share(share: Path) -> None:
    checkout = share / "checkout"
    shutil.rmtree(checkout, ignore_errors=True)
    for name in ("models", "enroll", "daemon", "systemd", "tests"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, checkout / name, ignore=skipped)
    prepared = Path(os.environ["FACELATCH_CACHE"]) / "prepared"
    shutil.rmtree(share / "cache", ignore_errors=True)
    shutil.copytree(prepared, share / "cache" / "prepared")
    for who in ("owner", "stranger", "empty"):
        film(who, share / f"{who}.avi")
    photograph("owner", share / "pictures")

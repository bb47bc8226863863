"""A booted machine for the tests of this folder, where there can be one."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine.machine import Machine, impossible, missing_tools, running, shown_for_setup
from tests.machine.service import Service, installed

WANTED = "FACELATCH_TEST_MACHINE"


@pytest.fixture(scope="session", autouse=True)
def _possible() -> None:
    """Skips where no machine can be booted, or nobody asked for it."""
    if not os.environ.get(WANTED):
        pytest.skip("boots a machine: scripts/test --machine")
    if os.geteuid() != 0:
        pytest.skip("booting a machine needs root")
    if missing := missing_tools():
        pytest.skip(f"not on this machine: {', '.join(missing)} (debootstrap, systemd-container)")
    if problem := impossible():
        pytest.skip(f"no machine can be booted here: {problem}")
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the machine is a Debian 12, whose Python is 3.11: run the tests with that")


@pytest.fixture(scope="session")
def machines(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Path]:
    """A folder for machines, emptied in the end: each takes a gigabyte."""
    folder = tmp_path_factory.mktemp("machines")
    shared = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        shared = shared.parent  # what all processes of this run share
    (folder / "clips").symlink_to(shared / "clips")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def bare(machines: Path, request: pytest.FixtureRequest) -> Iterator[Machine]:
    """A machine that knows nothing of Facelatch, with the users ada and bob."""
    machine = Machine(machines / _name(request), shown=shown_for_setup())
    with running(machine, "ada", "bob"):
        yield machine


@pytest.fixture(scope="session")
def installed_root(machines: Path) -> Path:
    """The root of a machine that is off: the service, installed by the project's own command, with
    ada and bob enrolled.
    """
    machine = Machine(machines / "installed", shown=shown_for_setup())
    with running(machine, "ada", "bob"):
        installed(machine, "ada", "bob")
    return machine.root


@pytest.fixture(scope="module")
def service(
    machines: Path, installed_root: Path, request: pytest.FixtureRequest
) -> Iterator[Service]:
    """The service on a machine of its own, a copy of that one: to install and to enrol takes longer
    than to copy and to boot.
    """
    machine = Machine(machines / _name(request), origin=installed_root, shown=shown_for_setup())
    with running(machine):
        yield Service(machine)


def _name(request: pytest.FixtureRequest) -> str:
    return str(request.module.__name__.rpartition(".")[2])

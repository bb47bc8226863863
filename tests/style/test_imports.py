"""Importing does no work, and what answers at once imports nothing heavy."""

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import daemon
import enroll
import models
from tests.data import ROOT

WORKSHOP = {"dlib", "h5py", "joblib", "keras", "matplotlib", "mtcnn", "onnx", "skimage"} | {
    "onnxruntime",
    "scipy",
    "tensorflow",
    "torch",
}
HEAVY = WORKSHOP | {"ai_edge_litert", "cv2", "numpy", "pystray", "pyttsx3"}

PACKAGES = ["models", "enroll", "daemon", "models.networks", "models.convert", "models.evaluation"]
PACKAGES += ["models.training"]
MODULES = [
    module.name
    for package in (models, enroll, daemon)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith(".__main__")  # those are to be run
]

WATCHED_IMPORT = """
import importlib, os, sys, threading, warnings

def watch(event, details):
    written = event == "open" and details[2] & (os.O_WRONLY | os.O_RDWR)
    if written or event.startswith(("os.mkdir", "os.putenv", "socket.", "subprocess.")):
        raise SystemExit(f"importing did {event} {details}")

others, ours = (names.split(",") for names in sys.argv[1:])
for name in filter(None, others):
    importlib.import_module(name)
filters, threads = list(warnings.filters), threading.active_count()
sys.addaudithook(watch)
for name in ours:
    importlib.import_module(name)
assert warnings.filters == filters, "importing changed the warnings"
assert threading.active_count() == threads, "importing started a thread"
"""

HELP = """
import sys
from daemon.clients.cli.main import main
try:
    main(["--help"])
except SystemExit as end:
    assert end.code == 0
"""

LOADED = """
print(*{name.partition(".")[0] for name in sys.modules})
"""


def _loaded_by(code: str, *arguments: str, home: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-B", "-c", code + LOADED, *arguments],
        cwd=ROOT,
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_a_package_does_no_work(package: str, tmp_path: Path) -> None:
    assert not _loaded_by(WATCHED_IMPORT, "", package, home=tmp_path) & HEAVY


def test_importing_every_module_does_no_work(tmp_path: Path) -> None:
    loaded = _loaded_by(WATCHED_IMPORT, "numpy,cv2", ",".join(MODULES), home=tmp_path)
    assert not loaded & WORKSHOP
    assert list(tmp_path.iterdir()) == []


def test_help_answers_without_loading_anything_heavy(tmp_path: Path) -> None:
    assert not _loaded_by(HELP, home=tmp_path) & HEAVY

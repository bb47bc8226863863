"""PyGObject of the distribution, borrowed by an environment of our own."""

import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from daemon.clients import gtk
from daemon.errors import DisplayError
from tests.data import ROOT

BORROW = """
import importlib.util, sys
before = set(sys.path)
from daemon.clients import gtk
gtk.enable()
gtk.enable()
import gi, cairo
gi.require_foreign("cairo")
assert set(sys.path) == before
print(sum(type(one).__name__ == "_Borrower" for one in sys.meta_path))
print(*(importlib.util.find_spec(name) is None for name in ("dbus", "apt", "dbusmock")))
"""


def python(code: str, **environment: str) -> str:
    """What a Python of its own printed; fails the test where it failed or warned."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def pygobject() -> Path:
    """Where the distribution has it; skips where it has none for this Python."""
    try:
        return gtk.find_folder()
    except gtk.GtkError as error:
        pytest.skip(str(error))


def package(folder: Path, name: str, compiled: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / compiled).touch()


@pytest.mark.usefixtures("pygobject")
def test_only_gi_and_cairo_are_borrowed() -> None:
    borrowers, hidden = python(BORROW).splitlines()
    assert borrowers == "1"
    assert hidden == "True True True"


def test_what_was_compiled_for_this_python_is_found(tmp_path: Path) -> None:
    package(tmp_path, "gi", f"_gi{EXTENSION_SUFFIXES[0]}")
    package(tmp_path, "cairo", f"_cairo{EXTENSION_SUFFIXES[0]}")
    assert gtk.find_folder([tmp_path / "none", tmp_path]) == tmp_path


@pytest.mark.parametrize("foreign", ["gi", "cairo"])
def test_another_pythons_is_refused_with_what_to_do(tmp_path: Path, foreign: str) -> None:
    for name in ("gi", "cairo"):
        suffix = ".cpython-37m-other.so" if name == foreign else EXTENSION_SUFFIXES[0]
        package(tmp_path, name, f"_{name}{suffix}")
    with pytest.raises(gtk.GtkError, match=r"compiled for another Python.*own python3"):
        gtk.find_folder([tmp_path])


def test_none_at_all_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(gtk.GtkError, match="not installed; run: sudo apt install python3-gi "):
        gtk.find_folder([tmp_path])


@pytest.mark.usefixtures("pygobject")
def test_a_library_that_is_missing_is_named() -> None:
    with pytest.raises(gtk.GtkError, match=r"NoSuchThing 1\.0 is not installed; run: sudo apt"):
        gtk.module("NoSuchThing", "1.0", "gir1.2-nosuchthing-1.0")


def test_no_screen_is_said_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(DisplayError, match="no screen"):
        gtk.load()


@pytest.mark.usefixtures("pygobject")
def test_a_drawing_that_cannot_be_loaded_says_what_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "broken.svg").write_text("this is no drawing")
    with pytest.raises(gtk.GtkError, match=r"cannot be loaded.*install librsvg2-common"):
        gtk.picture(tmp_path / "broken.svg", 24)

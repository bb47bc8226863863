"""Prints the Debian packages that are missing here, in one line.

`--needed`: without speech, tray and windows; `--tests`: also what the tests run beside Facelatch.

It asks for what the packages bring, so that it is right on any distribution. It runs on a bare
Python, before anything is installed.
"""

import ctypes
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path


def has_library(name: str) -> bool:
    """Whether the loader finds a shared library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def has_mock() -> bool:
    """Whether Debian's own Python has python-dbusmock and what it needs."""
    python = shutil.which("/usr/bin/python3")
    if python is None:
        return False
    tried = subprocess.run([python, "-c", "import dbusmock, gi"], capture_output=True, check=False)
    return tried.returncode == 0


def has_module(name: str) -> bool:
    """Whether a package of the distribution's Python is there."""
    return any(Path("/usr").glob(f"lib*/python3*/*-packages/{name}/__init__.py"))


def has_typelib(name: str) -> bool:
    """Whether PyGObject can describe a library."""
    return any(Path("/usr").glob(f"lib*/**/girepository-1.0/{name}.typelib"))


_DESKTOP = {
    "python3-gi": lambda: has_module("gi"),
    "python3-gi-cairo": lambda: has_module("cairo"),
    "gir1.2-gtk-3.0": lambda: has_typelib("Gtk-3.0"),
    "gir1.2-ayatanaappindicator3-0.1": lambda: has_typelib("AyatanaAppIndicator3-0.1"),
    "librsvg2-common": lambda: any(Path("/usr").glob("lib*/**/libpixbufloader?svg.so")),
}
"""The tray and the windows."""

_SCREEN_TESTS = {
    "xvfb": "Xvfb",
    "openbox": "openbox",
    "tint2": "tint2",
    "xfce4-panel": "xfce4-panel",
    "xdotool": "xdotool",
    "imagemagick": "import",
    "x11-utils": "xprop",
    "dunst": "dunst",
}
"""What the tests of the desktop run: a screen, a window manager, trays, a hand, a camera."""


def missing(*, optional: bool, tests: bool) -> list[str]:
    """Names of the Debian packages that are not here."""
    major, minor = sys.version_info[:2]
    present = {
        f"python{major}.{minor}-venv": importlib.util.find_spec("ensurepip") is not None,
        "libgl1": has_library("libGL.so.1"),  # OpenCV's windows
        "libglib2.0-0": has_library("libgthread-2.0.so.0"),  # OpenCV
    }
    if optional:
        present["espeak-ng"] = shutil.which("espeak-ng") is not None
        present["alsa-utils"] = shutil.which("aplay") is not None
        present |= {package: here() for package, here in _DESKTOP.items()}
    if tests:
        present["dbus"] = shutil.which("dbus-daemon") is not None
        present["python3-dbusmock"] = has_mock()
        present["strace"] = shutil.which("strace") is not None
        present |= {name: shutil.which(one) is not None for name, one in _SCREEN_TESTS.items()}
    return [package for package, here in present.items() if not here]


if __name__ == "__main__":
    print(*missing(optional="--needed" not in sys.argv, tests="--tests" in sys.argv))

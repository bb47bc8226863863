"""Prints the Debian packages that are missing here, in one line.

`--needed`: without speech; `--tests`: also what the tests run beside Facelatch.

It asks for what the packages bring, so that it is right on any distribution. It runs on a bare
Python, before anything is installed.
"""

import ctypes
import importlib.util
import shutil
import subprocess
import sys


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


def missing(*, speech: bool, tests: bool) -> list[str]:
    """Names of the Debian packages that are not here."""
    major, minor = sys.version_info[:2]
    present = {
        f"python{major}.{minor}-venv": importlib.util.find_spec("ensurepip") is not None,
        "libgl1": has_library("libGL.so.1"),  # OpenCV's windows
        "libglib2.0-0": has_library("libgthread-2.0.so.0"),  # OpenCV
    }
    if speech:
        present["espeak-ng"] = shutil.which("espeak-ng") is not None
        present["alsa-utils"] = shutil.which("aplay") is not None
    if tests:
        present["dbus"] = shutil.which("dbus-daemon") is not None
        present["python3-dbusmock"] = has_mock()
    return [package for package, here in present.items() if not here]


if __name__ == "__main__":
    print(*missing(speech="--needed" not in sys.argv, tests="--tests" in sys.argv))

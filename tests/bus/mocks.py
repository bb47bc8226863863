"""The Python in which python-dbusmock runs."""

import functools
import subprocess
import sys

import pytest

_DISTRIBUTION = "/usr/bin/python3"


@functools.cache
def mock_python() -> str:
    """A Python in which python-dbusmock runs; skips where there is none.

    It needs dbus-python and PyGObject, which PyPI has as source only: Debian's own Python brings
    all three with python3-dbusmock.
    """
    for python in (_DISTRIBUTION, sys.executable):
        tried = subprocess.run(
            [python, "-c", "import gi, dbus, dbusmock"], capture_output=True, check=False
        )
        if tried.returncode == 0:
            return python
    pytest.skip("python-dbusmock does not run here: install python3-dbusmock")

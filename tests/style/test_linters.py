"""The linters, as tests: what they say is the failure's message."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.data import ROOT

BIN = Path(sys.executable).parent

LINTERS = {
    "style": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    # NumPy's stubs speak the language of the Python that they were installed for.
    "types": ("mypy", f"--python-version=3.{sys.version_info.minor}"),
    "floors": ("lint-imports", "--no-cache"),
}


@pytest.mark.parametrize("command", LINTERS.values(), ids=LINTERS.keys())
def test_linter(command: tuple[str, ...]) -> None:
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}"

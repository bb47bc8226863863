"""Which Python the scripts make their environment with."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.data import ROOT

OWN = Path("/usr/bin/python3")
"""The distribution's."""
_FIND = 'root=$1; source "$1/scripts/lib/messages.sh"; source "$1/scripts/lib/system.sh"'


def taken(folder: Path, **environment: str) -> str:
    """What is taken where `folder` comes first on the path."""
    # Whoever runs the tests may have named a Python for them.
    ours = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    path = f"{folder}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", f'{_FIND}; find_python dev; echo "$python"', "scripts", ROOT],
        env={**ours, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def python_of(folder: Path, minor: int) -> Path:
    """A program that calls itself Python 3.`minor`."""
    program = folder / "python3"
    program.write_text(f"#!/bin/sh\necho {minor}\n")
    program.chmod(0o755)
    return program


def _fails(python: Path, words: str) -> bool:
    done = subprocess.run([python, "-c", words], capture_output=True, check=False)
    return done.returncode != 0


def test_the_distribution_s_is_taken_before_another_on_the_path(tmp_path: Path) -> None:
    if not OWN.exists() or _fails(OWN, "import ensurepip"):
        pytest.skip("the distribution has no Python, or none that makes environments: python3-venv")
    if _fails(OWN, "import sys; assert 11 <= sys.version_info.minor <= 13"):
        pytest.skip("the distribution's Python is older or newer than TensorFlow's")
    python_of(tmp_path, 12)
    assert taken(tmp_path) == str(OWN)


def test_who_names_one_gets_it(tmp_path: Path) -> None:
    program = python_of(tmp_path, 12)
    assert taken(tmp_path, PYTHON=str(program)) == str(program)


@pytest.mark.parametrize("minor", [10, 14])
def test_too_old_or_too_new_a_one_is_passed_over(tmp_path: Path, minor: int) -> None:
    program = python_of(tmp_path, minor)
    assert taken(tmp_path, PYTHON=str(program)) not in (str(program), "python3")

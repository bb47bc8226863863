"""An engine and programs of the tests' own, in place of the system's."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.errors import SpeechError
from daemon.speech import check_engine, synthesis


@pytest.fixture(autouse=True)
def _no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary files go where the test says, also on a desktop."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)


@pytest.fixture
def real_engine() -> None:
    try:
        check_engine()
    except SpeechError as error:
        pytest.skip(f"no speech engine here: {error}")


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a program of the test's own in place of the speech engine."""

    def replace(code: str) -> None:
        program = tmp_path / "engine.py"
        program.write_text(f"import os, sys, time\nfile = sys.argv[1]\n{code}\n")
        monkeypatch.setattr(synthesis, "_ENGINE", program)

    return replace


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a shell script of the test's own first on the path, under the name of a program."""

    def replace(name: str, script: str) -> Path:
        folder = tmp_path / "bin"
        if not folder.exists():
            folder.mkdir(mode=0o755)
            monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        return path

    return replace


@pytest.fixture
def player(program: Callable[[str, str], Path]) -> Callable[[str], None]:
    """Puts a shell script of the test's own in place of every player."""

    def replace(script: str) -> None:
        for name in ("aplay", "pw-play", "paplay"):
            program(name, script)

    return replace

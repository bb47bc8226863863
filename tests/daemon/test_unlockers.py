"""Unlocking by signal and by command; by logind is tested on a bus."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from daemon.errors import UnlockError
from daemon.sessions import Session
from daemon.unlockers import run_as, signal_lockers

ME = os.getuid()
SESSION = Session(
    id="1",
    path="/1",
    uid=ME,
    username="me",
    seat="seat0",
    kind="wayland",
    rank="user",
    active=True,
    remote=False,
    locked=True,
    idle=False,
)


def locker(tmp_path: Path) -> "subprocess.Popen[bytes]":
    """A program that ends at SIGUSR1, as a locker does."""
    program = tmp_path / "flocktest"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
    return subprocess.Popen([program, "60"])


def test_the_locker_gets_its_signal(tmp_path: Path) -> None:
    with locker(tmp_path) as process:
        while "flocktest" not in Path(f"/proc/{process.pid}/comm").read_text():
            pass
        assert signal_lockers(ME, "flocktest") == 1
        assert process.wait(10) == -10


def test_the_locker_of_another_user_gets_none(tmp_path: Path) -> None:
    with locker(tmp_path) as process:
        with pytest.raises(UnlockError, match="does not run"):
            signal_lockers(ME + 1, "flocktest")
        assert process.poll() is None
        process.kill()


def test_a_locker_that_does_not_run() -> None:
    with pytest.raises(UnlockError, match="does not run"):
        signal_lockers(ME, "no-such-locker")


def test_a_command_gets_the_session_and_nothing_of_ours(tmp_path: Path) -> None:
    out = tmp_path / "out"
    asyncio.run(run_as(SESSION, ("/bin/sh", "-c", f"env > {out}")))
    told = out.read_text()
    assert "FACELATCH_SESSION=1" in told
    assert "PYTEST" not in told


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("/bin/sh", "-c", "exit 3"), "ended with 3"),
        (("/no/such/program",), "cannot be run"),
        (("/bin/sleep", "60"), "did not end"),
    ],
)
def test_a_command_that_fails(argv: tuple[str, ...], words: str) -> None:
    with pytest.raises(UnlockError, match=words):
        asyncio.run(run_as(SESSION, argv, seconds=0.3))

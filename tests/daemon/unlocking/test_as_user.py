"""What is done with the rights of a session's user; the whole of it is tried in tests/machine."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.config import UnlockMethod
from daemon.errors import UnlockError
from daemon.policy import Machine
from daemon.system.sessions import Session
from daemon.unlocking import as_user
from daemon.unlocking.as_user import (
    methods_of,
    run_command,
    session_of,
    session_on_screen,
    signal_lockers,
)
from tests.daemon.sessions import LOCKED as SESSION

SIGNAL = UnlockMethod("signal", ("swaylock",))
COMMAND = UnlockMethod("command", ("/bin/true",))
ME = os.getuid()
MINE = replace(SESSION, uid=ME)
ADA = 1000
OPEN = Machine(lid_closed=False)


def locker(tmp_path: Path, **environment: str) -> "subprocess.Popen[bytes]":
    """A program that ends at SIGUSR1, as a locker does; it runs when this returns."""
    program = tmp_path / "flocktest"
    if not program.exists():
        shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
    process = subprocess.Popen([program, "60"], env=environment)
    while "flocktest" not in Path(f"/proc/{process.pid}/comm").read_text():
        pass
    return process


def test_the_locker_gets_its_signal(tmp_path: Path) -> None:
    with locker(tmp_path) as process:
        assert signal_lockers(MINE, "flocktest") == 1
        assert process.wait(60) == -10


def test_the_locker_of_another_user_gets_none(tmp_path: Path) -> None:
    with locker(tmp_path) as process:
        with pytest.raises(UnlockError, match="does not run"):
            signal_lockers(replace(MINE, uid=ME + 1), "flocktest")
        assert process.poll() is None
        process.kill()


def test_the_locker_of_another_session_gets_none(tmp_path: Path) -> None:
    with locker(tmp_path, XDG_SESSION_ID="7") as other, locker(tmp_path, XDG_SESSION_ID="1") as own:
        assert signal_lockers(MINE, "flocktest") == 1
        assert own.wait(60) == -10
        assert other.poll() is None
        other.kill()


def test_a_locker_that_goes_on_has_unlocked_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(as_user, "LOCKER_SECONDS", 0.1)
    program = tmp_path / "flocktest"
    shutil.copy(shutil.which("bash") or "/bin/bash", program)
    deaf: list[str | Path] = [program, "-c", "trap : USR1; echo; while read -r; do :; done"]
    with subprocess.Popen(deaf, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(UnlockError, match="goes on"):
            signal_lockers(MINE, "flocktest")
        assert process.poll() is None
        process.kill()


def test_a_locker_that_does_not_run() -> None:
    with pytest.raises(UnlockError, match="does not run"):
        signal_lockers(MINE, "no-such-locker")


@pytest.mark.parametrize(
    ("group", "environ", "session"),
    [
        ("0::/user.slice/user-1000.slice/session-3.scope\n", b"XDG_SESSION_ID=7\0", "3"),
        ("1:name=systemd:/user.slice/session-c2.scope/x\n0::/\n", b"", "c2"),
        ("0::/user.slice/user@1000.service/app.slice\n", b"A=1\0XDG_SESSION_ID=7\0", "7"),
        ("0::/\n", b"A=XDG_SESSION_ID=7\0", ""),
    ],
)
def test_where_a_process_belongs(tmp_path: Path, group: str, environ: bytes, session: str) -> None:
    (tmp_path / "cgroup").write_text(group)
    (tmp_path / "environ").write_bytes(environ)
    assert session_of(tmp_path) == session


def test_a_command_gets_the_session_and_nothing_of_ours(tmp_path: Path) -> None:
    out = tmp_path / "out"
    asyncio.run(run_command(MINE, ("/bin/sh", "-c", f"env > {out}")))
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
        asyncio.run(run_command(MINE, argv, seconds=0.3))


def test_nothing_is_done_as_root() -> None:
    with pytest.raises(UnlockError, match="as root"):
        methods_of(0)


@pytest.mark.parametrize(
    ("unlock", "found"),
    [
        ('[unlock.methods]\n{me} = ["logind", "signal swaylock", "command /bin/true"]', 2),
        ('[unlock.methods]\n"*" = ["signal swaylock"]', 1),
        ('[unlock.methods]\nbob = ["signal swaylock"]', 0),
        ('[unlock.methods]\n{me} = ["logind"]\n"*" = ["signal swaylock"]', 0),
        ('[unlock]\nenabled = false\n[unlock.methods]\n{me} = ["signal swaylock"]', 0),
        ('[unlock]\nusers = ["bob"]\n[unlock.methods]\n{me} = ["signal swaylock"]', 0),
        ("", 0),
    ],
)
def test_roots_configuration_says_what(tmp_path: Path, unlock: str, found: int) -> None:
    file = tmp_path / "config.toml"
    file.write_text(unlock.format(me="daemon"))
    daemon = 1  # the user of that name, on every Linux
    if found == 0:
        with pytest.raises(UnlockError, match="names nothing"):
            methods_of(daemon, configuration=file)
    else:
        assert methods_of(daemon, configuration=file) == [SIGNAL, COMMAND][:found]


def here(sessions: Sequence[Session], machine: Machine = OPEN) -> Session:
    return session_on_screen(ADA, sessions, machine)


def test_the_session_on_the_screen_is_meant() -> None:
    others = [
        replace(SESSION, id="2", active=False),
        replace(SESSION, id="3", remote=True),
        replace(SESSION, id="4", seat=""),
        replace(SESSION, id="7", seat="seat1"),  # the camera is the first seat's
        replace(SESSION, id="5", session_class="manager"),
        replace(SESSION, id="6", uid=ADA + 1),
    ]
    assert here([*others, SESSION]).id == "1"
    for other in others:
        with pytest.raises(UnlockError, match="0 sessions"):
            here([other])


def test_of_two_none_is_meant() -> None:
    with pytest.raises(UnlockError, match="2 sessions"):
        here([SESSION, replace(SESSION, id="2")])


@pytest.mark.parametrize(
    "machine",
    [Machine(lid_closed=True), Machine(lid_closed=None), Machine(asleep=True, lid_closed=False)],
)
def test_not_while_nobody_can_have_been_seen(machine: Machine) -> None:
    with pytest.raises(UnlockError):
        here([SESSION], machine)

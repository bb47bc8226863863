"""Unlocks the session of the user that it runs as, by the methods that need that user's rights.

systemd starts it, as that user, when the unlocker connects to its socket
(`systemd/facelatch-unlock@.socket`). It takes no argument and reads no input, and believes nobody:
not that the user sits at the machine, not that the session is locked. What it does is written in
root's configuration.
"""

import asyncio
import contextlib
import os
import pwd
import select
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from daemon import config
from daemon.config import UnlockMethod
from daemon.dbus.connection import Bus
from daemon.errors import NoLockerError, UnlockError
from daemon.policy import Machine, denials, where
from daemon.policy.denials import first_denial
from daemon.system.logind import Logind
from daemon.system.sessions import Session
from daemon.system.sockets import handed_over, peer_of
from daemon.unlocker.protocol import Answer, Code
from models.errors import FacelatchError

COMMAND_SECONDS = 5.0
LOCKER_SECONDS = 5.0
"""Within which a locker that was signalled fades out and ends."""
UNLOCKER_USER = "facelatch-unlocker"
"""Who may ask."""
_PROC = Path("/proc")
_CONFIGURATION = config.DEFAULT_FILE


def main() -> int:
    """Exit code: 0 where at least one method worked, or the unlocker was told that none did."""
    listening = handed_over()
    if listening is None:
        answer = asyncio.run(_answer(os.getuid()))
        _say(answer.text)
        return int(answer.code is not Code.UNLOCKED)
    with listening:
        connection, _ = listening.accept()
    with connection:
        if peer_of(connection) != pwd.getpwnam(UNLOCKER_USER).pw_uid:
            return 1
        connection.sendall(asyncio.run(_answer(os.getuid())).pack())
    return 0


async def _answer(uid: int) -> Answer:
    """What the methods came to, for the unlocker."""
    done: list[str] = []
    problems: list[str] = []
    gone = True
    try:
        methods = methods_of(uid)
        session = await _session_here(uid)
        for method in methods:
            try:
                await _by(method, session)
                done.append(str(method))
            except UnlockError as error:
                problems.append(str(error))
                gone = gone and isinstance(error, NoLockerError)
    except (FacelatchError, KeyError) as error:
        problems.append(str(error))
        gone = False
    if done:
        return Answer(Code.UNLOCKED, ", ".join(done))
    return Answer(Code.GONE if gone else Code.FAILED, "; ".join(problems))


def methods_of(uid: int, *, configuration: Path = _CONFIGURATION) -> list[UnlockMethod]:
    """What root's configuration says for this user. Raises UnlockError, ConfigError."""
    if uid == 0:
        raise UnlockError("nothing is done as root", "use the unlock method logind for root")
    unlock = config.load_unlock(configuration)
    username = pwd.getpwuid(uid).pw_name
    methods = [one for one in unlock.methods_of(username) if one.kind != "logind"]
    if not (unlock.enabled and unlock.lets(username) and methods):
        raise UnlockError(f"the configuration names nothing to be done as {username}")
    return methods


async def _session_here(uid: int) -> Session:
    bus = await Bus.connect("system")
    logind = Logind(bus)
    try:
        await logind.start()
        machine = Machine(asleep=logind.asleep, lid_closed=logind.lid_closed)
        return session_on_screen(uid, logind.all, machine)
    finally:
        logind.stop()
        bus.close()


def session_on_screen(uid: int, sessions: Sequence[Session], machine: Machine) -> Session:
    """The one session of this user that is on a screen of this machine. Raises UnlockError."""
    denial = first_denial(denials.when_blind(machine))
    if denial is not None:
        raise UnlockError(denial.reason)
    here = [
        one
        for one in sessions
        if one.uid == uid and where.is_users(one) and where.unless_on_screen(one) is None
    ]
    if len(here) != 1:
        raise UnlockError(f"the user has {len(here)} sessions on screens of this machine, not one")
    return here[0]


async def _by(method: UnlockMethod, session: Session) -> None:
    if method.kind == "signal":
        # The locker's being there is what says that the session is locked: few set the hint.
        signal_lockers(session, method.argv[0])
    elif not session.locked:
        raise UnlockError(f"session {session.id} does not say that it is locked: no command is run")
    else:
        await run_command(session, method.argv)


def signal_lockers(session: Session, program: str, *, proc: Path = _PROC) -> int:
    """SIGUSR1 to every process called `program` of the session's user, but not to those of another
    session; how many, once they have ended. Raises NoLockerError for none, UnlockError where one
    goes on for LOCKER_SECONDS.
    """
    signalled = [_signal(pid, session, program, proc) for pid in _processes(proc)]
    handles = [handle for handle in signalled if handle is not None]
    try:
        if not handles:
            raise NoLockerError(f"{program} does not run, so there is nothing to signal")
        if not all(_ends(handle) for handle in handles):
            raise UnlockError(f"{program} was told to end and goes on")
    finally:
        for handle in handles:
            os.close(handle)
    return len(handles)


async def run_command(
    session: Session, argv: tuple[str, ...], *, seconds: float = COMMAND_SECONDS
) -> None:
    """Runs `argv` with an environment of its own; raises UnlockError where it fails."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd="/",
            env=_environment(session),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise UnlockError(f"{argv[0]} cannot be run: {error}") from None
    try:
        code = await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        raise UnlockError(f"{argv[0]} did not end within {seconds:g} s") from None
    finally:
        await _end(process)
    if code:
        raise UnlockError(f"{argv[0]} ended with {code}")


def _environment(session: Session) -> dict[str, str]:
    entry = pwd.getpwuid(session.uid)
    return {
        "HOME": entry.pw_dir,
        "USER": entry.pw_name,
        "LOGNAME": entry.pw_name,
        "SHELL": entry.pw_shell,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "XDG_RUNTIME_DIR": f"/run/user/{session.uid}",
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path=/run/user/{session.uid}/bus",
        "XDG_SESSION_ID": session.id,
        "FACELATCH_USER": entry.pw_name,
        "FACELATCH_SESSION": session.id,
    }


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _processes(proc: Path) -> Iterator[int]:
    return (int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal())


def _signal(pid: int, session: Session, program: str, proc: Path) -> int | None:
    """Signals the process that was checked, not one that has its number since; its descriptor."""
    if not _is_locker(proc / str(pid), session, program):
        return None
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    try:
        if _is_locker(proc / str(pid), session, program):
            signal.pidfd_send_signal(handle, signal.SIGUSR1)
            return handle
    except (ProcessLookupError, PermissionError):
        pass
    os.close(handle)
    return None


def _ends(handle: int) -> bool:
    """Whether that process ends soon."""
    ready, _, _ = select.select([handle], [], [], LOCKER_SECONDS)
    return bool(ready)


def _is_locker(entry: Path, session: Session, program: str) -> bool:
    try:
        if entry.stat().st_uid != session.uid or _name(entry) != program:
            return False
        return session_of(entry) in (session.id, "")
    except (OSError, UnicodeDecodeError):
        return False


def _name(entry: Path) -> str:
    return (entry / "comm").read_text().strip()


def session_of(entry: Path) -> str:
    """logind's session of a process, by its control group, else by what it was told; "" where
    neither says.
    """
    group = (entry / "cgroup").read_text()
    for name in group.replace("\n", "/").split("/"):
        if name.startswith("session-") and name.endswith(".scope"):
            return name.removeprefix("session-").removesuffix(".scope")
    for assignment in (entry / "environ").read_bytes().split(b"\0"):
        if assignment.startswith(b"XDG_SESSION_ID="):
            return assignment.partition(b"=")[2].decode()
    return ""


def _say(text: str, *, write: Callable[[str], object] = sys.stderr.write) -> None:
    write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())

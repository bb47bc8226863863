"""Ways to unlock a session: through logind, a signal to the user's locker, a command as the user.

The last two act for another user, so they need CAP_KILL and CAP_SETUID with CAP_SETGID; without
them they say so. logind needs none of that.
"""

import asyncio
import contextlib
import os
import pwd
import signal
from collections.abc import Iterator
from pathlib import Path

from daemon.config import UnlockMethod
from daemon.errors import BusError, UnlockError
from daemon.sessions import Session, Sessions

COMMAND_SECONDS = 5.0
_CALL_SECONDS = 5.0


async def unlock(session: Session, method: UnlockMethod, sessions: Sessions) -> None:
    """Unlocks `session` by `method`; raises UnlockError where that is seen to have failed."""
    if method.kind == "logind":
        try:
            await asyncio.wait_for(sessions.unlock(session.id), _CALL_SECONDS)
        except (BusError, TimeoutError) as error:
            raise UnlockError(f"logind does not unlock session {session.id}: {error}") from error
    elif method.kind == "signal":
        signal_lockers(session.uid, method.argv[0])
    else:
        await run_as(session, method.argv)


def signal_lockers(uid: int, program: str, *, proc: Path = Path("/proc")) -> int:
    """SIGUSR1 to every process of `uid` called `program`; how many. Raises UnlockError for none."""
    count = 0
    for pid in _processes(uid, program, proc):
        try:
            count += _signal(pid, uid, program, proc)
        except PermissionError:
            raise UnlockError(
                f"{program} may not be signalled",
                "give facelatch.service CAP_KILL, or use the unlock method logind",
            ) from None
    if not count:
        raise UnlockError(f"{program} does not run, so there is nothing to signal")
    return count


async def run_as(
    session: Session, argv: tuple[str, ...], *, seconds: float = COMMAND_SECONDS
) -> None:
    """Runs `argv` as the session's user, nothing of ours inherited; raises UnlockError."""
    try:
        user, group, groups = _identity(session.uid)
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd="/",
            env=_environment(session),
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=groups,
        )
    except (OSError, KeyError, ValueError) as error:
        raise UnlockError(
            f"{argv[0]} cannot be run as {session.username}: {error}",
            "it needs CAP_SETUID and CAP_SETGID; or use the unlock method logind",
        ) from None
    try:
        code = await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        raise UnlockError(f"{argv[0]} did not end within {seconds:g} s") from None
    finally:
        await _end(process)
    if code:
        raise UnlockError(f"{argv[0]} ended with {code}")


def _identity(uid: int) -> tuple[int | None, int | None, list[int] | None]:
    """User, group and other groups to become that user; nothing where we are."""
    if uid == os.geteuid():
        return None, None, None
    entry = pwd.getpwuid(uid)
    return uid, entry.pw_gid, os.getgrouplist(entry.pw_name, entry.pw_gid)


def _environment(session: Session) -> dict[str, str]:
    entry = pwd.getpwuid(session.uid)
    return {
        "HOME": entry.pw_dir,
        "USER": entry.pw_name,
        "LOGNAME": entry.pw_name,
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


def _processes(uid: int, program: str, proc: Path) -> Iterator[int]:
    for entry in proc.iterdir():
        if entry.name.isdecimal() and _is_locker(entry, uid, program):
            yield int(entry.name)


def _is_locker(entry: Path, uid: int, program: str) -> bool:
    try:
        return entry.stat().st_uid == uid and (entry / "comm").read_text().strip() == program
    except (OSError, UnicodeDecodeError):
        return False


def _signal(pid: int, uid: int, program: str, proc: Path) -> bool:
    """Signals the process that was looked at, not one that has its number since."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        if not _is_locker(proc / str(pid), uid, program):
            return False
        signal.pidfd_send_signal(handle, signal.SIGUSR1)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True

"""Ways to unlock a session: through logind, or by what only the session's user may do.

The daemon has no right to signal a locker of somebody, nor to run a command as somebody. systemd
starts a unit as that user for it (`systemd/facelatch-unlock@.service`), which is told nothing but
the user's name: what it does stands in root's configuration (`daemon.unlocking.as_user`).
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from daemon.config import UnlockMethod
from daemon.errors import BusError, UnlockError
from daemon.system.sessions import Session, Sessions
from daemon.system.systemd_units import Units

_CALL_SECONDS = 5.0
# What the rule for polkit lets through, before systemd's escapes.
_USER = re.compile(r"(?!\d+$)[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the methods: those that worked, and why the others did not."""

    done: tuple[str, ...]
    problems: tuple[str, ...]


async def unlock(
    session: Session, methods: Sequence[UnlockMethod], sessions: Sessions, units: Units
) -> Outcome:
    """Unlocks `session` by every method.

    What acts as the user comes first: it wants to see the session locked still.
    """
    done: list[str] = []
    problems: list[str] = []
    own = [str(method) for method in methods if method.kind != "logind"]
    if own:
        try:
            await units.run(unit_of(session.username))
            done += own
        except UnlockError as error:
            problems.append(str(error))
    if len(own) < len(methods):
        try:
            await _by_logind(session, sessions)
            done.append("logind")
        except UnlockError as error:
            problems.append(str(error))
    return Outcome(tuple(done), tuple(problems))


def unit_of(username: str) -> str:
    """The unit that unlocks as this user. Raises UnlockError for a name that it does not take."""
    if not _USER.fullmatch(username):
        raise UnlockError(
            f"no unit unlocks as {username!r}: its name has other than letters, digits, '_.-'",
            "use the unlock method logind",
        )
    # As systemd-escape(1) does.
    return f"facelatch-unlock@{username.replace('-', chr(92) + 'x2d')}.service"


async def _by_logind(session: Session, sessions: Sessions) -> None:
    try:
        await asyncio.wait_for(sessions.unlock(session.id), _CALL_SECONDS)
    except (BusError, TimeoutError) as error:
        raise UnlockError(f"logind does not unlock session {session.id}: {error}") from error

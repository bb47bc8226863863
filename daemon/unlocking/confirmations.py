"""Unlocks that were asked for, until the locker has gone: only then a session was unlocked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from daemon.recognition.results import AttemptResult
from daemon.system.sessions import Session

SECONDS = 60.0
"""A locker that is there after so long has not done as it was told."""


@dataclass(eq=False)
class _Asked:
    """One session. `methods` is "" while the unlocker has not answered."""

    session: Session
    result: AttemptResult
    methods: str = ""
    gone: bool = False
    timer: asyncio.TimerHandle | None = None


class UnlockConfirmations:
    """`unlocked` is told of a session that was asked for and says no more that it is locked, by
    which methods and which attempt; `still_locked` of one that says so after SECONDS.
    """

    def __init__(
        self,
        *,
        unlocked: Callable[[Session, str, AttemptResult], None],
        still_locked: Callable[[Session, str], None],
    ) -> None:
        self._unlocked = unlocked
        self._still_locked = still_locked
        self._asked: dict[str, _Asked] = {}
        self._loop = asyncio.get_running_loop()

    def asks(self, session: Session, result: AttemptResult) -> None:
        """The unlocker is asked now."""
        self.forget(session.id)
        self._asked[session.id] = _Asked(session, result)

    def done(self, session_id: str, methods: str) -> None:
        """The unlocker has done what it could; the locker may have gone already."""
        asked = self._asked.get(session_id)
        if asked is None:
            return
        asked.methods = methods
        if asked.gone:
            self._confirm(asked)
        else:
            asked.timer = self._loop.call_later(SECONDS, self._give_up, asked)

    def locker_gone(self, session_id: str) -> None:
        """The session says no more that it is locked."""
        asked = self._asked.get(session_id)
        if asked is None:
            return
        asked.gone = True
        if asked.methods:
            self._confirm(asked)

    def forget(self, session_id: str) -> None:
        """The unlocker did nothing, or the session has gone or was locked anew."""
        asked = self._asked.pop(session_id, None)
        if asked is not None and asked.timer is not None:
            asked.timer.cancel()

    def _confirm(self, asked: _Asked) -> None:
        self.forget(asked.session.id)
        self._unlocked(asked.session, asked.methods, asked.result)

    def _give_up(self, asked: _Asked) -> None:
        self.forget(asked.session.id)
        self._still_locked(asked.session, asked.methods)

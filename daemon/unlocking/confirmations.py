"""Unlocks that were asked for, until the locker has gone: only then a session was unlocked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from daemon.recognition.results import AttemptResult
from daemon.system.sessions import Session

SECONDS = 60.0
"""A locker that is there after so long has not done as it was told."""


@dataclass(eq=False)
class Asked:
    """One session, and the lock that it had."""

    session: Session
    result: AttemptResult
    methods: str = ""
    """That worked; "" while the unlocker has not answered."""
    gone: bool = False
    """The locker has gone."""
    over: bool = False
    """The session has gone too, or was locked anew: what is known of it is of another lock."""
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
        self._asked: dict[str, Asked] = {}
        self._loop = asyncio.get_running_loop()

    def asks(self, session: Session, result: AttemptResult) -> Asked:
        """The unlocker is asked now."""
        self.forget(session.id)
        asked = self._asked[session.id] = Asked(session, result)
        return asked

    def done(self, asked: Asked, methods: str) -> None:
        """The unlocker has done what it could; the locker may have gone already."""
        asked.methods = methods
        if asked.gone:
            self._confirm(asked)
        elif not asked.over:
            asked.timer = self._loop.call_later(SECONDS, self._give_up, asked)

    def nothing_done(self, asked: Asked) -> None:
        """The unlocker did nothing."""
        self._drop(asked)

    def locker_gone(self, session_id: str) -> None:
        """The session says no more that it is locked."""
        asked = self._asked.get(session_id)
        if asked is None:
            return
        asked.gone = True
        if asked.methods:
            self._confirm(asked)

    def forget(self, session_id: str) -> None:
        """The session has gone, or was locked anew."""
        asked = self._asked.get(session_id)
        if asked is not None:
            asked.over = True
            self._drop(asked)

    def _drop(self, asked: Asked) -> None:
        if self._asked.get(asked.session.id) is asked:
            del self._asked[asked.session.id]
        if asked.timer is not None:
            asked.timer.cancel()

    def _confirm(self, asked: Asked) -> None:
        self._drop(asked)
        self._unlocked(asked.session, asked.methods, asked.result)

    def _give_up(self, asked: Asked) -> None:
        self._drop(asked)
        self._still_locked(asked.session, asked.methods)

"""Whose faces are looked for before open sessions: read when they are first needed, and kept."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from daemon.errors import RefusalError
from daemon.policy import Target
from daemon.state.context import Context
from daemon.system.sessions import Session
from daemon.system.tasks import Tasks
from enroll.template import Person

_AGAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Owner:
    """Who is looked for, by the model that ran when it was read; no person: nobody."""

    username: str
    model_id: str
    target: Target | None = None
    person: Person | None = None


class Owners:
    """`on_read` is called when an owner was read that was asked for, and when one that could not be
    may be asked for again: `again_seconds` later.
    """

    def __init__(
        self,
        context: Context,
        *,
        on_read: Callable[[], None],
        again_seconds: float = _AGAIN_SECONDS,
    ) -> None:
        self._context = context
        self._on_read = on_read
        self._again_seconds = again_seconds
        self._known: dict[str, Owner] = {}
        # What is read is worth nothing once it was forgotten meanwhile.
        self._reading: dict[str, Owner] = {}
        self._tasks = Tasks()

    def of(self, session: Session) -> Owner | None:
        """Its owner; None where that is read only now."""
        known = self._known.get(session.id)
        if known is not None and known.model_id == self._context.model_id:
            return known
        if session.id not in self._reading:
            asked = Owner(session.username, self._context.model_id)
            self._reading[session.id] = asked
            self._tasks.spawn(self._read(session, asked))
        return None

    def forget(self, session_id: str) -> None:
        """Nobody is looked for there any more."""
        self._known.pop(session_id, None)
        self._reading.pop(session_id, None)

    def forget_user(self, username: str) -> list[str]:
        """Templates of this user changed; the sessions that it is about."""
        kept = {**self._reading, **self._known}
        found = [session_id for session_id, one in kept.items() if one.username == username]
        for session_id in found:
            self.forget(session_id)
        return found

    async def _read(self, session: Session, asked: Owner) -> None:
        target: Target | None = None
        person: Person | None = None
        failed = False
        try:
            target = await self._context.target(session.username, session.uid)
            if target.appearances:
                person = await self._context.templates.load(session.username)
        except RefusalError:
            # Said of every attempt at this person.
            target, failed = None, True
        if self._reading.get(session.id) is asked:
            del self._reading[session.id]
            read = Owner(session.username, asked.model_id, target, person)
            self._known[session.id] = read
            if failed:
                loop = asyncio.get_running_loop()
                loop.call_later(self._again_seconds, self._ask_again, session.id, read)
        self._on_read()

    def _ask_again(self, session_id: str, failed: Owner) -> None:
        """What cannot be read now may be later; else nobody would be looked for until the next
        lock, and a session that its owner left would stay open.
        """
        if self._known.get(session_id) is failed:
            del self._known[session_id]
            self._on_read()

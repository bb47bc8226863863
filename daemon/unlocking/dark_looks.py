"""Looks now and then before locked sessions whose displays are off, for owners who want their
screen woken. A look unlocks nothing: where it is worth it the session is watched for a while, as if
it were lit, and all that holds of watches holds of that one.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from daemon import policy
from daemon.camera.remote import RemoteCamera
from daemon.policy.displays import is_worth_watching
from daemon.policy.presence import Sight
from daemon.state.context import Context
from daemon.system.sessions import Session
from daemon.unlocking.idle_periods import IdlePeriods
from daemon.unlocking.look import LookJob
from daemon.unlocking.looking import Looking
from daemon.unlocking.next_review import NextReview
from daemon.unlocking.owners import Owner, Owners
from enroll.template import Person

_GRACE_SECONDS = 2.0
"""Of the watch after a look: whoever comes closer takes a moment to be seen well."""


@dataclass(eq=False)
class _Dark:
    """A session that is looked at in the dark."""

    look_at: float
    look: LookJob | None = None


class DarkLooks:
    """Told of facts by the monitor. Keeps the fact `leaving.minded_dark` of the context."""

    def __init__(
        self,
        context: Context,
        worker: RemoteCamera,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        loop = asyncio.get_running_loop()
        self._looking = Looking(worker, loop)
        self._clock = clock
        self._kept: dict[str, _Dark] = {}
        self._owners = Owners(context, on_read=self.review)
        self._next_review = NextReview(loop, self.review)
        self._periods = IdlePeriods(
            context.audit, camera=lambda: worker.on_seconds, clock=clock, what="dark and locked"
        )
        context.templates_changed.listen(self._stop_user)

    def review(self) -> None:
        """Goes on with every session; facts changed, or time has passed."""
        now = self._clock()
        sessions = {one.id: one for one in self._context.sessions.all}
        for gone in self._kept.keys() - sessions.keys():
            self._forget(gone)
        untils = [self._go_on(one, now) for one in sessions.values()]
        self._next_review.after(min(untils, default=math.inf) - now)
        if self._kept.keys() != self._context.leaving.minded_dark:
            self._context.leaving.minded_dark = frozenset(self._kept)
            self._context.changed()

    def stop_all(self) -> None:
        """Looks at nobody any more, until the next review."""
        for session_id in list(self._kept):
            self._rest(session_id)
        self._next_review.forget()

    def _go_on(self, session: Session, now: float) -> float:
        """When to go on; infinity where facts, or the end of a look, will tell."""
        if not self._is_wanted(session):
            self._forget(session.id)
            return math.inf
        self._periods.goes_on(session)
        rests_at = self._context.rests_at(session)
        if rests_at > now:
            # It is watched, which sees more than a look.
            self._rest(session.id)
            return rests_at
        owner = self._owners.of(session)
        if owner is None or owner.person is None or not self._may_look(session, owner):
            self._rest(session.id)
            return math.inf
        one = self._kept.setdefault(session.id, _Dark(now + self._pace))
        if one.look is None and now >= one.look_at:
            self._begin(one, session, owner.person)
        return one.look_at if one.look is None else math.inf

    def _is_wanted(self, session: Session) -> bool:
        use, battery = self._context.leaving.use, self._context.config.leave.battery
        dark = session.locked and self._context.displays.dark(session) is True
        return dark and use.watches_dark(session) and not use.inhibited(session, battery=battery)

    def _may_look(self, session: Session, owner: Owner) -> bool:
        if owner.target is None:
            return False
        # The user's own switch may have been set since the store was read.
        willing = self._context.records.switches.on(session.username)
        decision = policy.may_watch(
            session,
            replace(owner.target, unlocking=willing),
            machine=self._context.machine,
            standing=self._context.standing(owner.target.uid),
            unlock=self._context.config.unlock,
        )
        return isinstance(decision, policy.Allowed)

    def _begin(self, one: _Dark, session: Session, person: Person) -> None:
        def ended(sight: Sight, _over: bool) -> None:
            if one.look is look:
                self._looked(one, session, sight)

        look = one.look = self._looking.look(person, self._context.config.schedule, ended)

    def _looked(self, one: _Dark, session: Session, sight: Sight) -> None:
        now = self._clock()
        self._periods.looked(session.id)
        one.look, one.look_at = None, now + self._pace
        if is_worth_watching(sight, held=session.id in self._context.held_sessions):
            config = self._context.config
            seconds = max(config.requests.attempt_seconds, config.unlock.absence_seconds)
            self._context.displays.watch_until(session.id, now + seconds + _GRACE_SECONDS)
            self._context.changed()
        self.review()

    @property
    def _pace(self) -> float:
        return self._context.config.schedule.dark_look_every

    def _stop_user(self, username: str) -> None:
        for session_id in self._owners.forget_user(username):
            self._rest(session_id)

    def _forget(self, session_id: str) -> None:
        self._rest(session_id)
        self._owners.forget(session_id)
        self._periods.over(session_id)
        self._context.displays.forget(session_id)

    def _rest(self, session_id: str) -> None:
        one = self._kept.pop(session_id, None)
        if one is not None and one.look is not None:
            self._looking.end(one.look)
            one.look = None

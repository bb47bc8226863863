"""Sees whether owners have left their sessions, and has those locked.

Who locks is the agent of the session, at the event `lock`: the service has no right to.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from daemon import policy
from daemon.api import LONGEST_LEAVE_SECONDS, Event
from daemon.camera.remote import RemoteCamera
from daemon.config import Config
from daemon.policy.onlooker import Onlooker
from daemon.policy.presence import Do, Leaving, Sight, Step
from daemon.state.context import Context, Tell
from daemon.system.sessions import Session
from daemon.unlocking.glances import GlanceJob
from daemon.unlocking.idle_periods import IdlePeriods
from daemon.unlocking.look import LookJob
from daemon.unlocking.looking import Looking
from daemon.unlocking.next_review import NextReview
from daemon.unlocking.owners import Owner, Owners
from daemon.unlocking.published import PublishedPresence
from enroll.template import Person


@dataclass(eq=False)
class _Minded:
    """A session whose owner may leave it."""

    session: Session
    since: float
    """When it was unlocked, or could not be left for another reason."""
    seconds: float = 0.0
    """0 where it is looked at for others to know, and never locked."""
    machine: Leaving | None = None
    """While it is idle."""
    look: LookJob | GlanceJob | None = None
    onlooker: Onlooker | None = None
    warned: bool = False


@dataclass(slots=True)
class _Hints:
    """Since when logind calls each session idle, by its id."""

    _since: dict[str, float] = field(default_factory=dict)

    def since(self, session: Session, now: float) -> float | None:
        if not session.idle:
            self._since.pop(session.id, None)
            return None
        return self._since.setdefault(session.id, now)


def _machine(one: _Minded, config: Config, *, began: float) -> Leaving:
    pace = config.presence.look_every if config.presence.publish else math.inf
    seconds = one.seconds or LONGEST_LEAVE_SECONDS
    return Leaving(config.leave, seconds=seconds, time=began, pace=pace)


class SessionLeaving:
    """Told of facts by the monitor; looks, warns and has sessions locked as the machines say.

    Keeps the facts `leaving.minded` and `leaving.told_to_lock` of the context.
    """

    def __init__(
        self,
        context: Context,
        worker: RemoteCamera,
        *,
        tell: Tell,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        loop = asyncio.get_running_loop()
        self._looking = Looking(worker, loop)
        self._tell = tell
        self._clock = clock
        self._minded: dict[str, _Minded] = {}
        self._hints = _Hints()
        self._next_review = NextReview(loop, self.review)
        self._published = PublishedPresence(context, tell=tell)
        self._owners = Owners(context, on_read=self.review)
        self._periods = IdlePeriods(context.audit, camera=lambda: worker.on_seconds, clock=clock)
        context.templates_changed.listen(self._forget_owner)

    def review(self) -> None:
        """Goes on with every session; facts changed, or time has passed."""
        now = self._clock()
        sessions = {one.id: one for one in self._context.sessions.all}
        for gone in self._minded.keys() - sessions.keys():
            self._drop(gone)
        untils = {one.id: self._go_on(one, now) for one in sessions.values()}
        ends = {name: until for name, until in untils.items() if until is not None}
        self._next_review.after(min(ends.values(), default=math.inf) - now)
        if ends.keys() != self._context.leaving.minded:
            self._context.leaving.minded = frozenset(ends)
            self._context.changed()

    def stop_all(self) -> None:
        """Looks at nobody any more, until the next review."""
        for session_id in list(self._minded):
            self._drop(session_id)
        self._next_review.forget()

    def _go_on(self, session: Session, now: float) -> float | None:
        """When to go on with an idle session; None where nobody is looked for."""
        hinted = self._hints.since(session, now)
        one = self._kept(session, now)
        if one is None:
            return None
        idle_since = self._context.leaving.use.idle_since(session, hinted=hinted)
        owner = None if idle_since is None else self._owners.of(session)
        if idle_since is None or owner is None or self._hinders(one, owner):
            if idle_since is not None and owner is not None:
                # What passes meanwhile is nobody's absence.
                one.since = now
            one.machine = one.onlooker = None
            self._rest(one)
            self._periods.over(session.id)
            (self._published.used if idle_since is None else self._published.unknown)(session)
            return None
        if one.machine is None:
            one.machine = _machine(one, self._context.config, began=max(idle_since, one.since))
        one.machine.used(idle_since)
        self._periods.goes_on(session)
        dark = self._context.displays.dark(session) is True
        if dark:
            self._end_look(one)
        step = one.machine.step(now, dark=dark)
        self._do(one, owner, step)
        # The end of a look is told.
        return math.inf if step.do is Do.LOOK else step.until

    def _kept(self, session: Session, now: float) -> _Minded | None:
        """The session; None where it is not to be locked, or nobody is there who could lock it."""
        use, settings = self._context.leaving.use, self._context.config.leave
        seconds = use.leave_seconds(session, configured=settings.seconds)
        wanted = seconds or self._published.wanted
        if session.locked or not wanted or not use.told(session):
            self._drop(session.id)
            return None
        one = self._minded.setdefault(session.id, _Minded(session, now))
        one.session = session
        if one.seconds != seconds:
            one.seconds, one.machine = seconds, None
        return one

    def _hinders(self, one: _Minded, owner: Owner) -> bool:
        """Whether nobody may be looked at now."""
        if owner.target is None or owner.person is None:
            return True
        if self._context.leaving.use.inhibited(
            one.session, battery=self._context.config.leave.battery
        ):
            return True
        decision = policy.may_look(
            one.session,
            owner.target,
            machine=self._context.machine,
            unlock=self._context.config.unlock,
        )
        return isinstance(decision, policy.Denied)

    def _do(self, one: _Minded, owner: Owner, step: Step) -> None:
        self._warn(one, step.warning if one.seconds else None)
        if step.do is Do.LOCK and one.seconds:
            self._lock(one)
        elif step.do is Do.LOCK:
            one.since, one.machine = self._clock(), None
        elif step.do is Do.LOOK and one.look is None and owner.person is not None:
            self._begin_look(one, owner.person)

    def _begin_look(self, one: _Minded, person: Person) -> None:
        look = one.look = self._looking.begin(
            person,
            self._context.config,
            lambda sight, over: self._looked(one, look, sight, over=over),
        )

    def _looked(self, one: _Minded, look: LookJob | GlanceJob, sight: Sight, *, over: bool) -> None:
        if one.look is not look:
            return
        if over:
            one.look = None
            self._periods.looked(one.session.id)
        if one.machine is not None:
            one.machine.looked(self._clock(), sight)
            if over and isinstance(look, GlanceJob) and sight is not Sight.BLIND:
                # The next one begins before the camera is closed.
                one.machine.look_within(0.0)
            self._watch_onlooker(one, one.machine, seen=look.onlooker)
        self._published.seen(one.session, sight)
        self.review()

    def _watch_onlooker(self, one: _Minded, machine: Leaving, *, seen: bool) -> None:
        seconds = self._context.config.leave.onlooker
        if not seconds:
            one.onlooker = None
            return
        one.onlooker = one.onlooker or Onlooker(seconds)
        if one.onlooker.looked(self._clock(), seen=seen):
            self._tell(one.session.username, Event.ONLOOKER, {"session": one.session.id})
        if (wait := one.onlooker.wait) is not None:
            machine.look_within(wait)

    def _lock(self, one: _Minded) -> None:
        session = one.session
        self._context.leaving.told_to_lock[session.id] = self._clock()
        fields = {"user": session.username, "session": session.id}
        self._context.audit.record(f"{session.username} has left: the session is locked", fields)
        self._tell(session.username, Event.LOCK, {"session": session.id})

    def _warn(self, one: _Minded, warning: float | None) -> None:
        """Tells that the session will be locked, or that it will not, where that is news."""
        if one.warned == (warning is not None):
            return
        one.warned = warning is not None
        details: dict[str, object] = {"session": one.session.id}
        if warning is not None:
            details["seconds"] = warning
        self._tell(one.session.username, Event.LEAVING, details)

    def _rest(self, one: _Minded) -> None:
        self._end_look(one)
        self._warn(one, None)

    def _end_look(self, one: _Minded) -> None:
        if one.look is not None:
            self._looking.end(one.look)
            one.look = None

    def _drop(self, session_id: str) -> None:
        one = self._minded.pop(session_id, None)
        self._owners.forget(session_id)
        self._periods.over(session_id)
        if one is not None:
            self._rest(one)
            self._published.unknown(one.session)

    def _forget_owner(self, username: str) -> None:
        for session_id in self._owners.forget_user(username):
            if session_id in self._minded:
                self._rest(self._minded[session_id])

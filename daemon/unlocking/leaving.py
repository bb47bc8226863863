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
from daemon.errors import RefusalError
from daemon.policy import Target
from daemon.policy.presence import Do, Leaving, Sight, Step
from daemon.state.context import Context, Tell
from daemon.system.sessions import Session
from daemon.system.tasks import Tasks
from daemon.unlocking.look import LOOK_SECONDS, LookJob
from daemon.unlocking.published import PublishedPresence
from enroll.template import Person

_MARGIN_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class _Owner:
    """Who is looked for, by the model that ran when it was read; no person: nobody."""

    target: Target | None
    person: Person | None
    model_id: str


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
    owner: _Owner | None = None
    reading: bool = False
    look: LookJob | None = None
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
        self._worker = worker
        self._tell = tell
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._minded: dict[str, _Minded] = {}
        self._hints = _Hints()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks = Tasks()
        self._published = PublishedPresence(context, tell=tell)
        context.templates_changed.listen(self._forget_owner)

    def review(self) -> None:
        """Goes on with every session; facts changed, or time has passed."""
        now = self._clock()
        sessions = {one.id: one for one in self._context.sessions.all}
        for gone in self._minded.keys() - sessions.keys():
            self._drop(gone)
        untils = {one.id: self._go_on(one, now) for one in sessions.values()}
        ends = {name: until for name, until in untils.items() if until is not None}
        self._wait(min(ends.values(), default=math.inf) - now)
        if ends.keys() != self._context.leaving.minded:
            self._context.leaving.minded = frozenset(ends)
            self._context.changed()

    def stop_all(self) -> None:
        """Looks at nobody any more, until the next review."""
        for session_id in list(self._minded):
            self._drop(session_id)
        self._wait(math.inf)

    def _go_on(self, session: Session, now: float) -> float | None:
        """When to go on with an idle session; None where nobody is looked for."""
        hinted = self._hints.since(session, now)
        one = self._kept(session, now)
        if one is None:
            return None
        idle_since = self._context.leaving.use.idle_since(session, hinted=hinted)
        if idle_since is None or not self._knows(one) or self._hinders(one):
            if idle_since is not None and self._knows(one):
                # What passes meanwhile is nobody's absence.
                one.since = now
            one.machine = None
            self._rest(one)
            (self._published.used if idle_since is None else self._published.unknown)(session)
            return None
        if one.machine is None:
            one.machine = _machine(one, self._context.config, began=max(idle_since, one.since))
        one.machine.used(idle_since)
        step = one.machine.step(now, dark=self._context.displays.dark(session) is True)
        self._do(one, step)
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

    def _knows(self, one: _Minded) -> bool:
        """Whether the owner's template was read; else it is from now on."""
        known = one.owner is not None and one.owner.model_id == self._context.model_id
        if not known and not one.reading:
            one.reading = True
            self._tasks.spawn(self._read_owner(one))
        return known

    def _hinders(self, one: _Minded) -> bool:
        """Whether nobody may be looked at now."""
        owner = one.owner
        if owner is None or owner.target is None or owner.person is None:
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

    def _do(self, one: _Minded, step: Step) -> None:
        self._warn(one, step.warning if one.seconds else None)
        if step.do is Do.LOCK and one.seconds:
            self._lock(one)
        elif step.do is Do.LOCK:
            one.since, one.machine = self._clock(), None
        elif step.do is Do.LOOK and one.look is None:
            self._begin_look(one)

    def _begin_look(self, one: _Minded) -> None:
        owner = one.owner
        if owner is None or owner.person is None:
            return
        schedule = self._context.config.schedule
        look = LookJob(
            owner.person,
            gated=schedule.motion_gate and schedule.blind_seconds > LOOK_SECONDS,
            post=self._post,
            on_end=lambda sight: self._looked(one, look, sight),
        )
        one.look = look
        self._worker.add(look)

    def _post(self, call: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(call)

    def _looked(self, one: _Minded, look: LookJob, sight: Sight) -> None:
        if one.look is not look:
            return
        one.look = None
        if one.machine is not None:
            one.machine.looked(self._clock(), sight)
        self._published.seen(one.session, sight)
        self.review()

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
        """The camera is let go at once, whatever it was about to show."""
        if one.look is not None:
            self._worker.drop(one.look)
            one.look = None
        self._warn(one, None)

    def _drop(self, session_id: str) -> None:
        one = self._minded.pop(session_id, None)
        if one is not None:
            self._rest(one)
            self._published.unknown(one.session)

    async def _read_owner(self, one: _Minded) -> None:
        session, model_id = one.session, self._context.model_id
        target: Target | None = None
        person: Person | None = None
        try:
            target = await self._context.target(session.username, session.uid)
            if target.appearances:
                person = await self._context.templates.load(session.username)
        except RefusalError:
            # Said of every attempt at this person.
            target = None
        one.owner, one.reading = _Owner(target, person, model_id), False
        self.review()

    def _forget_owner(self, username: str) -> None:
        for one in self._minded.values():
            if one.session.username == username:
                one.owner = None
                self._rest(one)

    def _wait(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if math.isfinite(seconds):
            self._timer = self._loop.call_later(max(seconds, 0.0) + _MARGIN_SECONDS, self.review)

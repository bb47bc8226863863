"""What the parts of the daemon share: the facts that decisions are made of, and who is told.

Lives in the event loop. Whoever changes a fact calls `changed`; everybody who decides on facts
listens.
"""

import asyncio
import pwd
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from daemon import api
from daemon.api import Error, Event, Reason, Verdict
from daemon.camera.job import CameraReport, CameraState, ModelReport
from daemon.config import Config
from daemon.errors import RefusalError
from daemon.policy import Machine, Target
from daemon.policy.lockout import Moment, Rung, Standing
from daemon.policy.manual_lock import ManualLock
from daemon.recognition.results import AttemptResult
from daemon.state.history import DENIED, Entry, Requester, fitting
from daemon.state.records import Records
from daemon.state.templates import People
from daemon.system.journal import INFO, NOTICE, WARNING, Audit
from daemon.system.logind import Session, Sessions
from daemon.system.systemd_units import Units
from models.errors import UsageError

_FRAMES_OF_A_TRY = 10
"""Frames of a face that is not the user's; a look that is not cut short says no after 30."""

UNLOCKED = "unlocked"
"""The verdict of an unlock, which follows a match."""

_FRESH_SECONDS = 5.0
"""A match unlocks for that long; what takes longer is a machine that slept in between."""

Tell = Callable[[str, Event, Mapping[str, object]], None]


class Context:
    """The facts. `tell` brings an event to the clients of a user."""

    def __init__(
        self,
        config: Config,
        *,
        people: People,
        audit: Audit,
        records: Records,
        clock: Callable[[], Moment],
    ) -> None:
        self.config = config
        self.people = people
        self.audit = audit
        self.records = records
        self.sessions: Sessions
        self.units: Units
        self.tell: Tell = lambda _user, _event, _details: None
        self.recognised: Callable[[str, AttemptResult], None] = lambda _user, _finding: None
        """Told of every match that counts."""
        self.confirmed: Callable[[str], None] = lambda _user: None
        """Told of users who unlocked a session otherwise."""
        self.camera = CameraReport(CameraState.CLOSED)
        self.models = ModelReport()
        self.model_id = ""
        """Of the models that ran last, loaded or not."""
        self.starting = True
        self.stopping = False
        self.enrolling = False
        self.paused_until = 0
        """As the property PausedUntil."""
        self.problem = ""
        """Why the last reload was refused."""
        self.held: dict[str, ManualLock] = {}
        """Sessions locked by hand, by id."""
        self.watched: frozenset[str] = frozenset()
        """Sessions whose owner is being looked for, by id."""
        self.started = time.monotonic()
        self._tries: dict[str, int] = {}
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []
        self._told = False

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls `listener` soon after facts changed, once for many changes."""
        self._listeners.append(listener)

    def changed(self) -> None:
        """Facts changed."""
        if not self._told:
            self._told = True
            asyncio.get_running_loop().call_soon(self._tell_listeners)

    def _tell_listeners(self) -> None:
        self._told = False
        for listener in self._listeners:
            listener()

    @property
    def machine(self) -> Machine:
        """How the machine is, for the policy."""
        return Machine(
            asleep=self.sessions.asleep,
            lid_closed=self.sessions.lid_closed,
            paused=self.paused,
            enrolling=self.enrolling,
            stopping=self.stopping,
        )

    @property
    def paused(self) -> bool:
        """Whether recognition is paused."""
        return self.paused_until == api.UNTIL_RESUMED or self.paused_until > time.time()

    @property
    def held_sessions(self) -> frozenset[str]:
        """Sessions that must stay locked until an absence is seen."""
        return frozenset(name for name, lock in self.held.items() if lock.holds)

    def session(self, session_id: str) -> Session | None:
        """A session as it is known now."""
        return next((one for one in self.sessions.all if one.id == session_id), None)

    def standing(self, username: str) -> Standing:
        """Where the user's failed looks stand."""
        return self.records.book.standing(username, self._clock())

    async def target(self, username: str, uid: int | None) -> Target:
        """The user asked about, with the looks there are. Raises RefusalError."""
        if uid is None:
            return Target(username, None, unlocking=False)
        appearances = await self.people.appearances(username)
        # Before any model ran nobody knows whose looks these are: the eye will see.
        usable = sum(self.model_id in ("", appearance.model_id) for appearance in appearances)
        willing = self.records.switches.on(username)
        return Target(username, uid, usable, len(appearances) - usable, unlocking=willing)

    def fresh(self, finding: AttemptResult) -> bool:
        """Whether a finding is of now: between it and us the machine may have slept, or hung."""
        return 0.0 <= self._clock().monotonic - finding.at <= _FRESH_SECONDS

    def settle(
        self, username: str, finding: AttemptResult, requesters: tuple[Requester, ...]
    ) -> AttemptResult:
        """Counts a finding and writes it down; a match that must not count becomes none."""
        if finding.verdict is Verdict.MATCHED and not self.fresh(finding):
            finding = replace(finding, verdict=Verdict.UNDECIDED, reason=Reason.ASLEEP)
        if finding.verdict is Verdict.MATCHED and not self._match_counts(username):
            finding = replace(finding, verdict=Verdict.UNDECIDED, reason=Reason.LOCKED_OUT)
        elif finding.verdict is Verdict.NOT_MATCHED or self._tried_enough(username, finding):
            self._failed(username)
        self._write_down(username, finding, requesters)
        if finding.verdict is Verdict.MATCHED:
            self.recognised(username, finding)
        self.changed()
        return finding

    def cleared(self, username: str) -> None:
        """The user unlocked a session otherwise."""
        self.confirmed(username)
        if self.records.book.cleared(username):
            self.records.keep_attempts()
            self.tell(username, Event.CLEARED, {})
            self.audit.record(f"attempts of {username} are cleared", {"user": username})
            self.changed()

    async def switch(self, username: str, *, on: bool) -> None:
        """Switches the unlocking of a user's sessions. Raises STORE_PROBLEM.

        What cannot be written down is off.
        """
        switches = self.records.switches
        try:
            switches.set(username, on=on)
        except UsageError as error:
            raise RefusalError(Error.STORE_PROBLEM, error.message) from None
        self.records.keep_switches()
        self.changed()
        problem = await self.records.switches_kept()
        if problem:
            switches.set(username, on=False)
            self.changed()
            raise RefusalError(Error.STORE_PROBLEM, problem)
        self.tell(username, Event.SWITCHED, {"unlocking": on})

    def forget(self, username: str) -> None:
        """The user was removed."""
        self.records.book.forget(username)
        self.records.keep_attempts()
        self.records.switches.forget(username)
        self.records.keep_switches()
        self.records.history.forget(username)
        self.records.keep_history()
        self.changed()

    def _tried_enough(self, username: str, finding: AttemptResult) -> bool:
        """Whether looks that ended before a verdict add up to one that failed.

        Many short ones would be a way to try without end.
        """
        if finding.verdict is Verdict.UNDECIDED:
            self._tries[username] = self._tries.get(username, 0) + finding.others
        if self._tries.get(username, 0) < _FRAMES_OF_A_TRY:
            return False
        del self._tries[username]
        return True

    def _match_counts(self, username: str) -> bool:
        before = self.records.book.standing(username, self._clock())
        counts = self.records.book.matched(username, self._clock())
        self._tries.pop(username, None)
        if counts and before.failures:
            self.records.keep_attempts()
        return counts

    def _failed(self, username: str) -> None:
        try:
            standing = self.records.book.failed(username, self._clock())
        except UsageError:
            # More names than a machine has: nobody of them is let in, and nothing is forgotten.
            return
        self.records.keep_attempts()
        self.tell(username, Event.REFUSED, {"count": standing.failures})
        if standing.rung is Rung.PAUSED:
            seconds = {"retry-after-seconds": standing.retry_after}
            self.tell(username, Event.ATTEMPTS_PAUSED, seconds)
        elif standing.rung is Rung.PASSWORD:
            self.tell(username, Event.LOCKED_OUT, {})

    def _write_down(
        self, username: str, finding: AttemptResult, requesters: tuple[Requester, ...]
    ) -> None:
        if finding.verdict is Verdict.UNDECIDED and not self.config.audit.undecided:
            return
        fields: dict[str, Any] = {
            "verdict": finding.verdict.value,
            "reason": finding.reason.value,
            "frames": finding.frames,
            "milliseconds": round(finding.stages_ms.get("total", 0.0), 1),
        }
        if self.config.audit.distances and finding.distance is not None:
            fields |= {"distance": finding.distance, "threshold": finding.threshold}
        priority = NOTICE if finding.verdict is Verdict.NOT_MATCHED else INFO
        words = f"look at {username}: {finding.verdict} ({finding.reason})"
        asked = {"requester": ", ".join(map(str, requesters)), "model": self.model_id}
        self.audit.record(words, {"user": username, **fields, **asked}, priority=priority)
        self._remember(username, requesters, **fields)

    def denied(self, what: str, username: str, requester: Requester, refusal: RefusalError) -> None:
        """Writes down a request that was refused before any look."""
        if not self.config.audit.denials:
            return
        fields = {"verdict": DENIED, "reason": refusal.error.value}
        asked = {"user": username, "requester": requester}
        self.audit.record(f"{what} denied: {refusal}", {**asked, **fields}, priority=NOTICE)
        # Whoever may not ask about this user would else write the user's history.
        if refusal.error is not Error.NOT_PERMITTED:
            self._remember(username, (requester,), **fields)

    def unlocked(self, session: Session, methods: str, details: Mapping[str, Any]) -> None:
        """Writes down that a session was unlocked, and tells its user."""
        self.tell(session.username, Event.UNLOCKED, details)
        fields = {"user": session.username, "verdict": UNLOCKED, "session": session.id}
        words = f"session {session.id} of {session.username} unlocked ({methods})"
        self.audit.record(words, fields, priority=NOTICE)
        known = {"milliseconds"}
        if self.config.audit.distances:
            known |= {"distance", "threshold"}
        values = {name: value for name, value in details.items() if name in known}
        asked = (Requester("", session=session.id),)
        reason = Reason.RECOGNISED.value
        self._remember(session.username, asked, verdict=UNLOCKED, reason=reason, **values)

    def _remember(self, username: str, asked: tuple[Requester, ...], **fields: Any) -> None:
        entry = Entry(
            time=time.time(),
            requester=fitting(", ".join(map(str, asked))),
            service=fitting(", ".join(sorted({one.service for one in asked if one.service}))),
            session=fitting(", ".join(sorted({one.session for one in asked if one.session}))),
            **fields,
        )
        self.records.history.add(username, entry)
        self.records.keep_history()

    def warn(self, message: str, **fields: object) -> None:
        """Something that somebody should see to."""
        self.audit.record(message, fields, priority=WARNING)


async def uid_of(username: str) -> int | None:
    """The user's number, None where there is no such user. In a thread: it may ask a directory."""

    def look_up() -> int | None:
        try:
            return pwd.getpwnam(username).pw_uid
        except (KeyError, OSError, ValueError):
            return None

    return await asyncio.to_thread(look_up)


async def name_of(uid: int) -> str:
    """The login name of a user, "" where there is none."""

    def look_up() -> str:
        try:
            return pwd.getpwuid(uid).pw_name
        except (KeyError, OSError):
            return ""

    return await asyncio.to_thread(look_up)

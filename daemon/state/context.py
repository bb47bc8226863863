"""What the parts of the service share: the facts that decisions are made of, and who is told.

Lives in the event loop. Whoever changes a fact calls `changed`; everybody who decides on facts
listens.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from daemon import api
from daemon.api import Error, Event, Presence
from daemon.camera.reports import CameraReport, CameraState, ModelReport
from daemon.config import Config
from daemon.errors import RefusalError
from daemon.policy import Machine, Target
from daemon.policy.cameras import Camera
from daemon.policy.displays import Displays
from daemon.policy.embedder import EmbedderChoice
from daemon.policy.lockout import LockoutState, Moment, Standing
from daemon.policy.manual_lock import ManualLock
from daemon.policy.use import UseReports
from daemon.state.records import Records
from daemon.state.templates import Templates
from daemon.system.journal import WARNING, Audit
from daemon.system.sessions import Change, LogindEvent, Session, Sessions
from models.errors import UsageError

Tell = Callable[[str, Event, Mapping[str, object]], None]
"""Brings an event to the clients of a user, by login name."""


class UserEvent:
    """Something that happens to one user; whoever wants to know listens."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[str], object]] = []
        self._times: Counter[str] = Counter()

    def listen(self, listener: Callable[[str], object]) -> None:
        """Calls `listener` with the login name, each time."""
        self._listeners.append(listener)

    def times(self, username: str) -> int:
        """How often it happened to this user so far."""
        return self._times[username]

    def tell(self, username: str) -> None:
        """It happened to this user: calls the listeners in their order."""
        self._times[username] += 1
        for listener in self._listeners:
            listener(username)


@dataclass(slots=True)
class LeavingFacts:
    """What is known of sessions that their owners may leave."""

    use: UseReports = field(default_factory=UseReports)
    minded: frozenset[str] = frozenset()
    """Idle sessions whose owner is looked for now and then, by id."""
    minded_dark: frozenset[str] = frozenset()
    """Locked sessions whose displays are off, and whose owner is looked for now and then."""
    presence: dict[str, tuple[Presence, bool]] = field(default_factory=dict)
    """Who is before each session that is looked at, and whether they look at the screen."""
    told_to_lock: dict[str, float] = field(default_factory=dict)
    """When we last had a session locked, by its id, on `time.monotonic`."""


class Context:
    """The facts. `clock` tells the moment by which failed attempts are judged."""

    def __init__(
        self,
        config: Config,
        *,
        templates: Templates,
        audit: Audit,
        records: Records,
        sessions: Sessions,
        clock: Callable[[], Moment],
    ) -> None:
        self.config = config
        self.templates = templates
        self.audit = audit
        self.records = records
        self.sessions = sessions
        self.clock = clock
        self.templates_changed = UserEvent()
        """Appearances of a user were stored, changed or removed."""
        self.camera = CameraReport(CameraState.CLOSED)
        self.models = ModelReport()
        self.models_known = asyncio.Event()
        """Set once the models were loaded, or could not be."""
        self.model_id = ""
        """Of the models that ran last, loaded or not."""
        self.starting = True
        self.stopping = self.enrolling = False
        self.paused_until = 0
        """As the property PausedUntil."""
        self.problem = ""
        """Why the last reload was refused."""
        self.held: dict[str, ManualLock] = {}
        """Sessions locked by hand, by id."""
        self.displays = Displays()
        self.leaving = LeavingFacts()
        self.embedder = EmbedderChoice()
        self.watched: frozenset[str] = frozenset()
        """Sessions whose owner is being watched for, by id."""
        self.started = time.monotonic()
        self._listeners: list[Callable[[], None]] = []
        self._telling = False

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls `listener` soon after facts changed, once for many changes."""
        self._listeners.append(listener)

    def changed(self) -> None:
        """To be called after any fact was set: the listeners hear of it, soon and once."""
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_soon(self._tell_listeners)

    def _tell_listeners(self) -> None:
        self._telling = False
        for listener in self._listeners:
            listener()

    @property
    def worker_config(self) -> Config:
        """What the camera worker goes by."""
        recognition = self.config.recognition
        if recognition.embedder != "auto" or not self.embedder.kept:
            return self.config
        return replace(self.config, recognition=replace(recognition, embedder=self.embedder.kept))

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

    def rests_at(self, session: Session, *, attempting: bool = False) -> float:
        """When the camera rests because nobody could see this session: see `Displays.rests_at`."""
        return self.displays.rests_at(
            session,
            held=session.id in self.held_sessions,
            attempting=attempting,
            schedule=self.config.schedule,
        )

    def standing(self, uid: int | None) -> Standing:
        """Where the user stands after the attempts that failed; who is none needs the password."""
        if uid is None:
            return Standing(LockoutState.PASSWORD)
        return self.records.lockout.standing(uid, self.clock())

    async def target(self, username: str, uid: int | None) -> Target:
        """The user asked about, with the appearances there are. Raises RefusalError."""
        if uid is None:
            return Target(username, None, unlocking=False)
        appearances = await self.templates.appearances(username)
        # Before any model ran nobody knows whose they are: the attempt itself will tell.
        usable = sum(self.model_id in ("", appearance.model_id) for appearance in appearances)
        willing = self.records.switches.on(username)
        return Target(username, uid, usable, len(appearances) - usable, unlocking=willing)

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

    def forget(self, username: str) -> None:
        """The user was removed: what was kept about them goes."""
        self.records.forget(username)
        self.changed()

    def camera_reported(self, report: CameraReport) -> None:
        """How the camera is now; closing takes no problem back, opening does."""
        # Closing is no news about a camera that is missing: it stays so until it opens.
        quiet = report.state in (CameraState.CLOSED, CameraState.OPENING)
        if quiet and self.camera.problem:
            return
        self.camera = report
        self.changed()

    def follow_locks(self, event: LogindEvent) -> None:
        """What is known of cameras follows the locks of sessions.

        Of sessions that nobody can see, or not yet, it is not known that they were unlocked.
        """
        some_locked = any(session.locked for session in self.sessions.all)
        if event.change is not Change.LOST and (some_locked or not self.starting):
            self.records.cameras.sessions_changed(self.sessions.all)

    def cameras_reported(self, cameras: tuple[Camera, ...]) -> None:
        """A camera came or went."""
        self.records.cameras.reported(cameras)
        self.changed()

    def models_reported(self, report: ModelReport) -> None:
        """Models were loaded or unloaded, or could not be loaded."""
        before, self.models = self.models, report
        if report.model_id:
            self.model_id = report.model_id
        if report.problem and report.problem != before.problem:
            self.warn(f"nothing can be recognised: {report.problem}")
        self.models_known.set()
        self.changed()

    def warn(self, message: str, **fields: object) -> None:
        """Writes down what somebody should see to."""
        self.audit.record(message, fields, priority=WARNING)

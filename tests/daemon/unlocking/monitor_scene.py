"""The monitor with a logind, a camera, an unlocker and templates that do as told."""

import asyncio
import gc
import io
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from daemon.api import Error, Event, Reason, Verdict
from daemon.camera.remote import RemoteCamera
from daemon.config import Attempts, Config
from daemon.errors import NoLockerError, RefusalError, UnlockError
from daemon.policy.manual_lock import OwnerPresence
from daemon.recognition.results import AttemptResult
from daemon.state.attempt_ledger import AttemptLedger
from daemon.state.context import Context
from daemon.state.decision_log import DecisionLog
from daemon.state.records import Records, now
from daemon.state.templates import Templates
from daemon.system.journal import Journal
from daemon.system.sessions import Change, LogindEvent, Session
from daemon.unlocking.job import WatchResult
from daemon.unlocking.monitor import UnlockMonitor
from daemon.verification.pool import AttemptPool
from enroll.template import Person
from tests.daemon import sessions
from tests.daemon.fakes import ADA, person

LOCKED = replace(sessions.LOCKED, idle=True)


class FakeSessions:
    """A logind whose answers wait until `ready`."""

    def __init__(self) -> None:
        self.session = LOCKED
        self.others: tuple[Session, ...] = ()
        self.lid_closed: bool | None = False
        self.docked: bool | None = False
        self.asleep = False
        self.forgotten = 0
        self.ready = asyncio.Event()
        self.ready.set()

    @property
    def all(self) -> tuple[Session, ...]:
        return (self.session, *self.others)

    async def refresh_lid(self) -> None:
        await asyncio.sleep(0)

    async def fresh(self, session_id: str) -> Session | None:
        await self.ready.wait()
        return next((one for one in self.all if one.id == session_id), None)

    def unlocked_silently(self, session_id: str) -> None:
        assert session_id == "1"
        self.forgotten += 1


class FakeTemplates(Templates):
    """A store of one, which may be slow, or have a `problem`."""

    def __init__(self, known: Person) -> None:
        self._known = known
        self.problem: RefusalError | None = None
        self.ready = asyncio.Event()
        self.ready.set()

    async def load(self, username: str) -> Person:
        await self.ready.wait()
        if self.problem is not None:
            raise self.problem
        if username != self._known.name:
            raise RefusalError(Error.NOT_ENROLLED, "no face is enrolled")
        return self._known


class FakeWorker:
    """Always attentive."""

    attentive = True

    def __init__(self) -> None:
        self.jobs: list[Any] = []
        self.decisions = 0
        self.on_seconds = 0.0

    def add(self, job: Any) -> None:
        self.jobs.append(job)

    def drop(self, job: Any) -> None:
        self.jobs.remove(job)

    def block(self, why: str, *, on: bool) -> None:
        pass

    def wake(self) -> None:
        pass

    def decided(self) -> None:
        self.decisions += 1


class FakeAttempts:
    """Keeps whom to tell."""

    def __init__(self) -> None:
        self.on_end: Callable[[AttemptResult], None] | None = None
        self.how: dict[str, Any] = {}

    def start(self, _person: Person, **how: Any) -> object:
        self.on_end, self.how = how["on_end"], how
        return object()

    def leave(self, _ticket: object) -> None:
        self.on_end = None


class FakeUnlocks:
    """An unlocker: remembers the sessions that it was asked for, and answers when `ready`."""

    def __init__(self) -> None:
        self.unlocked: list[str] = []
        self.refuses = self.gone = False
        self.ready = asyncio.Event()
        self.ready.set()

    def prepare(self) -> None:
        pass

    async def unlock(self, session: Session) -> str:
        if self.gone:
            await self.ready.wait()
            raise NoLockerError("swaylock does not run")
        if self.refuses:
            raise UnlockError("not today")
        self.unlocked.append(session.id)
        await self.ready.wait()
        return "logind"


class Scene:
    """A locked session of ada, who is before the camera."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.sessions = FakeSessions()
        self.templates = FakeTemplates(person("ada", ADA))
        self.attempts = FakeAttempts()
        self.worker = FakeWorker()
        records = Records(folder / "state", Attempts(), warn=pytest.fail)
        self._journal = io.StringIO()
        self.audit = Journal(folder / "no journal", fallback=self._journal)
        self.context = Context(
            config,
            templates=self.templates,
            audit=self.audit,
            records=records,
            sessions=cast(Any, self.sessions),
            clock=now,
        )
        self.context.starting = False
        self.time = 1000.0
        self.context.displays.alive(LOCKED.uid, self.time)
        self.unlocks = FakeUnlocks()
        self.told: list[tuple[Event, dict[str, object]]] = []
        self.heard = True
        log = DecisionLog(self.context)
        self.ledger = AttemptLedger(
            self.context,
            log,
            tell=lambda _user, _event, _details: None,
            on_match=lambda _user, _result: None,
            on_password=lambda _user: None,
        )
        self.monitor = UnlockMonitor(
            self.context,
            cast(RemoteCamera, self.worker),
            cast(AttemptPool, self.attempts),
            ledger=self.ledger,
            log=log,
            unlocks=self.unlocks,
            tell=lambda _user, event, details: self.told.append((event, dict(details))),
            hears=lambda _user: self.heard,
            clock=lambda: self.time,
        )

    async def settled(self) -> None:
        """Everything that can go on has gone on."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def seen(self) -> None:
        """She is watched for, and her face was seen: an attempt begins."""
        self.monitor.review()
        await self.settled()
        (job,) = self.worker.jobs
        job._on_result(WatchResult(time.monotonic(), OwnerPresence.PRESENT, face=True))

    async def matched(self, *, age: float = 0.0) -> None:
        """Her face was seen, and an attempt says that it is hers."""
        await self.seen()
        assert self.attempts.on_end is not None
        at = time.clock_gettime(time.CLOCK_BOOTTIME) - age
        self.attempts.on_end(
            AttemptResult(Verdict.MATCHED, Reason.RECOGNISED, "", 3, 0.1, 0.3, {}, at=at)
        )

    @property
    def written(self) -> str:
        """What the journal was given."""
        return self._journal.getvalue()

    def displays(self, *, on: bool) -> None:
        """A program of hers says how the displays are."""
        self.context.displays.reported("agent", uid=LOCKED.uid, session="1", on=on, time=self.time)
        self.context.changed()

    def changes(self, change: Change = Change.UPDATED, **values: Any) -> None:
        """Something happens to the session."""
        self.sessions.session = replace(self.sessions.session, **values)
        self.monitor.happened(LogindEvent(change, self.sessions.session))


def played(folder: Path, story: Callable[[Scene], Any], config: Config | None = None) -> list[str]:
    """Plays a story; which sessions the unlocker was asked for."""

    faults: list[dict[str, Any]] = []

    async def play() -> list[str]:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: faults.append(what))
        scene = Scene(folder, config or Config())
        await story(scene)
        await scene.settled()
        await scene.context.records.done()
        scene.audit.close()
        return scene.unlocks.unlocked

    unlocked = asyncio.run(play())
    # A task whose fault nobody heard of says so when it is collected.
    gc.collect()
    assert faults == []
    return unlocked

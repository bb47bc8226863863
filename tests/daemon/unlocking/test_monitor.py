"""From a match to the unlock: whatever happens in between, only a session of now is unlocked."""

import asyncio
import gc
import io
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from daemon.api import Event, Guidance, Progress, Reason, Verdict
from daemon.camera.remote import RemoteCamera
from daemon.config import Attempts, Config
from daemon.errors import NoLockerError, UnlockError
from daemon.policy.lockout import LockoutState
from daemon.policy.manual_lock import OwnerPresence
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.state.attempt_ledger import AttemptLedger
from daemon.state.context import Context
from daemon.state.decision_log import DecisionLog
from daemon.state.records import Records, now
from daemon.state.templates import Templates
from daemon.state.users import Account
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
        self.lid_closed: bool | None = False
        self.docked: bool | None = False
        self.asleep = False
        self.forgotten = 0
        self.ready = asyncio.Event()
        self.ready.set()

    @property
    def all(self) -> tuple[Session, ...]:
        return (self.session,)

    async def refresh_lid(self) -> None:
        await asyncio.sleep(0)

    async def fresh(self, _session_id: str) -> Session | None:
        await self.ready.wait()
        return self.session

    def unlocked_silently(self, session_id: str) -> None:
        assert session_id == "1"
        self.forgotten += 1


class FakeTemplates(Templates):
    """A store of one, which may be slow."""

    def __init__(self, known: Person) -> None:
        self._known = known
        self.ready = asyncio.Event()
        self.ready.set()

    async def load(self, username: str) -> Person:
        await self.ready.wait()
        assert username == self._known.name
        return self._known


class FakeWorker:
    """Always attentive."""

    attentive = True

    def __init__(self) -> None:
        self.jobs: list[Any] = []

    def add(self, job: Any) -> None:
        self.jobs.append(job)

    def drop(self, job: Any) -> None:
        self.jobs.remove(job)

    def block(self, why: str, *, on: bool) -> None:
        pass

    def wake(self) -> None:
        pass

    def decided(self) -> None:
        pass


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
    """An unlocker: remembers the sessions that it was asked for."""

    def __init__(self) -> None:
        self.unlocked: list[str] = []
        self.refuses = self.gone = False

    def prepare(self) -> None:
        pass

    async def unlock(self, session: Session) -> str:
        if self.gone:
            raise NoLockerError("swaylock does not run")
        if self.refuses:
            raise UnlockError("not today")
        self.unlocked.append(session.id)
        return "logind"


class Scene:
    """A locked session of ada, who is before the camera."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.sessions = FakeSessions()
        self.templates = FakeTemplates(person("ada", ADA))
        self.attempts = FakeAttempts()
        self.worker = FakeWorker()
        records = Records(folder / "state", Attempts(), warn=pytest.fail)
        self.audit = Journal(folder / "no journal", fallback=io.StringIO())
        self.context = Context(
            config,
            templates=self.templates,
            audit=self.audit,
            records=records,
            sessions=cast(Any, self.sessions),
            clock=now,
        )
        self.context.starting = False
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
        )

    async def settled(self) -> None:
        """Everything that can go on has gone on."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def matched(self, *, age: float = 0.0) -> None:
        """Her face was seen, and an attempt says that it is hers."""
        self.monitor.review()
        await self.settled()
        (job,) = self.worker.jobs
        job._on_result(WatchResult(time.monotonic(), OwnerPresence.PRESENT, face=True))
        assert self.attempts.on_end is not None
        at = time.clock_gettime(time.CLOCK_BOOTTIME) - age
        self.attempts.on_end(
            AttemptResult(Verdict.MATCHED, Reason.RECOGNISED, "", 3, 0.1, 0.3, {}, at=at)
        )

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


def test_who_is_recognised_is_let_in(tmp_path: Path) -> None:
    assert played(tmp_path, Scene.matched) == ["1"]


def test_a_match_of_before_is_none(tmp_path: Path) -> None:
    assert played(tmp_path, lambda scene: scene.matched(age=60.0)) == []
    assert played(tmp_path / "later", lambda scene: scene.matched(age=-60.0)) == []


@pytest.mark.parametrize(
    "values",
    [
        {"active": False},
        {"remote": True},
        {"uid": 1001},
        {"seat": "seat1"},
        {"session_class": "background"},
    ],
)
def test_a_session_that_changes_while_the_store_is_read(
    tmp_path: Path, values: dict[str, Any]
) -> None:
    async def story(scene: Scene) -> None:
        await scene.matched()
        scene.templates.ready.clear()
        await scene.settled()
        # Nobody told us yet: only logind knows.
        scene.sessions.session = replace(scene.sessions.session, **values)
        scene.templates.ready.set()

    assert played(tmp_path, story) == []


def test_a_machine_that_slept_in_between(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.sessions.ready.clear()
        await scene.matched()
        await scene.settled()
        scene.sessions.asleep = True
        scene.monitor.happened(LogindEvent(Change.SLEEP))
        scene.sessions.asleep = False
        scene.monitor.happened(LogindEvent(Change.WOKE))
        scene.sessions.ready.set()

    assert played(tmp_path, story) == []


def test_a_session_that_was_away_and_is_back_in_between(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.sessions.ready.clear()
        await scene.matched()
        await scene.settled()
        scene.changes(active=False)
        scene.changes(active=True)
        scene.sessions.ready.set()

    assert played(tmp_path, story) == []


def test_a_session_that_was_locked_by_hand_in_between(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.sessions.ready.clear()
        await scene.matched()
        await scene.settled()
        scene.changes(Change.UNLOCKED, locked=False)
        scene.changes(Change.LOCKED, locked=True, idle=False)
        scene.sessions.ready.set()

    assert played(tmp_path, story) == []


def test_an_unlock_that_failed_leaves_no_licence_behind(tmp_path: Path) -> None:
    """The second try rests on facts as much as the first."""

    async def story(scene: Scene) -> None:
        scene.unlocks.refuses = True
        await scene.matched()
        await scene.settled()
        scene.unlocks.refuses = False
        scene.sessions.ready.clear()
        await scene.matched()
        await scene.settled()
        scene.changes(active=False)
        scene.changes(active=True)
        scene.sessions.ready.set()

    assert played(tmp_path, story) == []


def test_what_was_signalled_is_forgotten_when_the_locker_has_gone(tmp_path: Path) -> None:
    """Else the next lock by hand would be opened as if it were that one."""

    async def story(scene: Scene) -> None:
        scene.unlocks.refuses = True
        await scene.matched()
        await scene.settled()
        assert scene.sessions.forgotten == 0
        scene.unlocks.gone = True
        await scene.matched()
        await scene.settled()
        assert scene.sessions.forgotten == 1

    assert played(tmp_path, story) == []


def test_only_pam_knows_that_a_password_was_used(tmp_path: Path) -> None:
    """Any program of the user's can set the hint of its session and take it back."""

    async def story(scene: Scene) -> None:
        for _ in range(8):
            scene.context.records.lockout.failed(scene.sessions.session.uid, now())
        scene.changes(Change.UNLOCKED, locked=False)
        scene.changes(Change.LOCKED, locked=True)
        scene.monitor.wake("ada")
        scene.changes(Change.UNLOCKED, locked=False)
        standing = scene.context.standing(scene.sessions.session.uid)
        assert standing.state is LockoutState.PASSWORD

    played(tmp_path, story)


def test_an_attempt_that_matched_before_a_sleep_is_undecided(tmp_path: Path) -> None:
    """Also where nothing is unlocked by it: somebody who asks is told."""
    settled: list[AttemptResult] = []

    async def story(scene: Scene) -> None:
        for age in (0.0, 60.0):
            at = time.clock_gettime(time.CLOCK_BOOTTIME) - age
            finding = AttemptResult(Verdict.MATCHED, Reason.RECOGNISED, "", 3, 0.1, 0.3, {}, at=at)
            settled.append(scene.ledger.settle(Account(1000, "ada"), finding, ()))

    played(tmp_path, story)
    assert [one.verdict for one in settled] == [Verdict.MATCHED, Verdict.UNDECIDED]
    assert settled[1].reason is Reason.ASLEEP


def _asked(word: Guidance) -> FrameResult:
    return FrameResult(word, Verdict.UNDECIDED, asked=True)


def test_what_is_asked_of_the_owner_is_told_as_it_changes_and_taken_back(tmp_path: Path) -> None:
    told: list[tuple[Event, dict[str, object]]] = []

    async def story(scene: Scene) -> None:
        scene.monitor.review()
        await scene.settled()
        (job,) = scene.worker.jobs
        job._on_result(WatchResult(time.monotonic(), OwnerPresence.PRESENT, face=True))
        progress = scene.attempts.how["on_progress"]
        progress(FrameResult(Progress.FACE_SEEN, Verdict.UNDECIDED))
        for word in (Guidance.LOOK_STRAIGHT, Guidance.NOD, Guidance.NOD):
            progress(_asked(word))
        await scene.matched()
        told.extend(scene.told)

    assert played(tmp_path, story) == ["1"]
    assert told == [
        (Event.CHALLENGE, {"session": "1", "prompt": "look-straight"}),
        (Event.CHALLENGE, {"session": "1", "prompt": "nod"}),
        (Event.CHALLENGE, {"session": "1"}),
    ]


def test_what_was_asked_is_taken_back_when_the_watch_ends(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.monitor.review()
        await scene.settled()
        (job,) = scene.worker.jobs
        job._on_result(WatchResult(time.monotonic(), OwnerPresence.PRESENT, face=True))
        scene.attempts.how["on_progress"](_asked(Guidance.NOD))
        scene.monitor.stop_all()
        assert [details.get("prompt") for _, details in scene.told] == ["nod", None]

    assert played(tmp_path, story) == []


def test_a_challenge_is_for_who_has_somebody_to_show_it(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.monitor.review()
        await scene.settled()
        (job,) = scene.worker.jobs
        job._on_result(WatchResult(time.monotonic(), OwnerPresence.PRESENT, face=True))
        prompts = scene.attempts.how["prompts"]
        assert prompts()
        scene.heard = False
        assert not prompts()

    played(tmp_path, story)

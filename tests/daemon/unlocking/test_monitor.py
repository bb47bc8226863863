"""From a match to the unlock: whatever happens in between, only a session of now is unlocked."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.api import Event, Guidance, Progress, Reason, Verdict
from daemon.policy.lockout import LockoutState
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.state.records import now
from daemon.state.users import Account
from daemon.system.sessions import Change, LogindEvent
from tests.daemon.unlocking.monitor_scene import Scene, played


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


def test_a_locker_that_goes_before_the_unlocker_answers_takes_no_time_away_along(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene) -> None:
        scene.changes(Change.LOCKED, locked=True)
        scene.unlocks.ready.clear()
        await scene.matched()
        await scene.settled()
        scene.changes(Change.UNLOCKED, locked=False)
        scene.unlocks.ready.set()
        await scene.settled()
        ((event, details),) = scene.told
        assert event is Event.UNLOCKED
        assert isinstance(details["away-seconds"], float)
        assert "unlocked (logind)" in scene.written

    assert played(tmp_path, story) == ["1"]


@pytest.mark.parametrize("gone", [False, True])
def test_a_lock_that_comes_before_the_unlocker_answers_is_another(
    tmp_path: Path, gone: bool
) -> None:
    """Where a locker sets no hint, what was signalled is all that is known of it."""

    async def story(scene: Scene) -> None:
        scene.changes(Change.LOCKED, locked=True)
        scene.unlocks.ready.clear()
        scene.unlocks.gone = gone
        await scene.matched()
        await scene.settled()
        scene.changes(Change.UNLOCKED, locked=False)
        scene.changes(Change.LOCKED, locked=True, idle=False)
        scene.unlocks.ready.set()
        await scene.settled()
        assert scene.sessions.forgotten == 0
        assert scene.context.held_sessions == {"1"}

    played(tmp_path, story)


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
        await scene.seen()
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
        await scene.seen()
        scene.attempts.how["on_progress"](_asked(Guidance.NOD))
        scene.monitor.stop_all()
        assert [details.get("prompt") for _, details in scene.told] == ["nod", None]

    assert played(tmp_path, story) == []


def test_a_challenge_is_for_who_has_somebody_to_show_it(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.seen()
        prompts = scene.attempts.how["prompts"]
        assert prompts()
        scene.heard = False
        assert not prompts()

    played(tmp_path, story)

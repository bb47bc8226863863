"""Displays that are off: the camera rests, and what was interrupted lets nobody in."""

import time
from pathlib import Path

import pytest

from daemon.api import Reason, Verdict
from daemon.config import Config, Schedule
from daemon.policy.displays import HELD_SECONDS
from daemon.policy.manual_lock import OwnerPresence
from daemon.recognition.results import AttemptResult
from daemon.system.sessions import Change
from daemon.unlocking.job import WatchResult
from tests.daemon.unlocking.monitor_scene import Scene, played


def test_a_dark_session_is_watched_again_when_a_display_comes_on(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.displays(on=True)
        await scene.settled()
        assert len(scene.worker.jobs) == 1
        scene.displays(on=False)
        await scene.settled()
        assert scene.worker.jobs == []
        assert scene.context.watched == frozenset()
        scene.displays(on=True)
        await scene.settled()
        assert len(scene.worker.jobs) == 1

    played(tmp_path, story)


def test_an_attempt_that_the_dark_interrupted_lets_nobody_in(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.displays(on=True)
        await scene.seen()
        ended = scene.attempts.on_end
        assert ended is not None
        scene.displays(on=False)
        await scene.settled()
        assert scene.attempts.on_end is None
        at = time.clock_gettime(time.CLOCK_BOOTTIME)
        ended(AttemptResult(Verdict.MATCHED, Reason.RECOGNISED, "", 3, 0.1, 0.3, {}, at=at))

    assert played(tmp_path, story) == []


def test_what_is_not_told_ends_by_itself_and_a_key_goes_on(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.monitor.review()
        await scene.settled()
        assert len(scene.worker.jobs) == 1
        scene.time += 61.0
        scene.monitor.review()
        await scene.settled()
        assert scene.worker.jobs == []
        scene.monitor.wake("ada")
        await scene.settled()
        assert len(scene.worker.jobs) == 1

    played(tmp_path, story)


@pytest.mark.parametrize(
    ("verdict", "reason", "opened"),
    [
        (Verdict.MATCHED, Reason.RECOGNISED, ["1"]),
        (Verdict.NOT_MATCHED, Reason.NOT_LIVE, []),
    ],
)
def test_an_attempt_is_heard_to_its_end_where_nobody_tells_of_displays(
    tmp_path: Path, verdict: Verdict, reason: Reason, opened: list[str]
) -> None:
    async def story(scene: Scene) -> None:
        await scene.seen()
        scene.time += 61.0
        scene.monitor.review()
        await scene.settled()
        assert scene.attempts.on_end is not None
        at = time.clock_gettime(time.CLOCK_BOOTTIME)
        # logind takes its time: the review that the end of an attempt brings comes first.
        scene.sessions.ready.clear()
        scene.attempts.on_end(AttemptResult(verdict, reason, "", 3, 0.1, 0.3, {}, at=at))
        await scene.settled()
        scene.sessions.ready.set()
        await scene.settled()
        assert scene.worker.jobs == []

    assert played(tmp_path, story) == opened


def test_a_face_begins_no_attempt_once_the_camera_is_to_rest(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.seen()
        scene.time += 61.0
        (job,) = scene.worker.jobs
        ended, scene.attempts.on_end = scene.attempts.on_end, None
        assert ended is not None
        at = time.clock_gettime(time.CLOCK_BOOTTIME)
        few = Reason.TOO_FEW_FRAMES
        ended(AttemptResult(Verdict.UNDECIDED, few, "", 1, 0.1, 0.3, {}, at=at))
        # Before the review that the end of an attempt brings.
        job._on_result(WatchResult(time.monotonic(), OwnerPresence.PRESENT, face=True))
        assert scene.attempts.on_end is None
        await scene.settled()
        assert scene.worker.jobs == []

    assert played(tmp_path, story) == []


def test_a_display_that_goes_off_ends_an_attempt_all_the_same(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.seen()
        scene.displays(on=False)
        await scene.settled()
        assert scene.attempts.on_end is None

    assert played(tmp_path, story) == []


def test_a_lid_that_opens_goes_on(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.sessions.lid_closed = True
        scene.monitor.review()
        scene.time += 3600.0
        scene.sessions.lid_closed = False
        scene.monitor.review()
        await scene.settled()
        assert len(scene.worker.jobs) == 1

    played(tmp_path, story)


def test_one_locked_by_hand_is_seen_to_leave_in_the_dark(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.changes(Change.LOCKED, idle=False)
        scene.displays(on=False)
        await scene.settled()
        assert len(scene.worker.jobs) == 1
        scene.time += HELD_SECONDS
        scene.monitor.review()
        await scene.settled()
        assert scene.worker.jobs == []

    played(tmp_path, story)


def test_whoever_asks_for_it_is_watched_for_in_the_dark(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.displays(on=False)
        await scene.settled()
        assert len(scene.worker.jobs) == 1

    played(tmp_path, story, Config(schedule=Schedule(dark_screen=True)))

"""How often a face in view is tried: where the picture was the trouble, more than once."""

import time
from pathlib import Path

import pytest

from daemon.api import Reason, Verdict
from daemon.policy.manual_lock import OwnerPresence
from daemon.recognition.results import AttemptResult
from daemon.unlocking.job import WatchResult
from daemon.unlocking.watches import MOST_TRIES
from tests.daemon.unlocking.monitor_scene import Scene, played


async def _tried(scene: Scene, reason: Reason, verdict: Verdict = Verdict.UNDECIDED) -> bool:
    """A face comes into view; whether an attempt began, which then ended so."""
    scene.monitor.review()
    await scene.settled()
    (job,) = scene.worker.jobs
    job._on_result(WatchResult(time.monotonic(), OwnerPresence.UNSURE, face=True))
    ended = scene.attempts.on_end
    if ended is None:
        return False
    scene.attempts.on_end = None
    at = time.clock_gettime(time.CLOCK_BOOTTIME)
    ended(AttemptResult(verdict, reason, "", 1, 0.5, 0.3, {}, at=at))
    return True


def test_a_face_that_could_not_be_judged_is_tried_three_times(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        decisions = []
        for _ in range(MOST_TRIES):
            assert await _tried(scene, Reason.NO_USABLE_FACE)
            decisions.append(scene.worker.decisions)
        # Only then the camera may rest before this face.
        assert decisions == [0, 0, 1]

    played(tmp_path, story)


def test_an_empty_picture_in_between_begins_anew(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        assert await _tried(scene, Reason.TOO_FEW_FRAMES)
        assert await _tried(scene, Reason.TOO_FEW_FRAMES)
        (job,) = scene.worker.jobs
        job._on_result(WatchResult(time.monotonic(), OwnerPresence.ABSENT, face=False))
        assert await _tried(scene, Reason.TOO_FEW_FRAMES)
        assert scene.worker.decisions == 0

    played(tmp_path, story)


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict.NOT_MATCHED, Reason.NOT_RECOGNISED),
        (Verdict.UNDECIDED, Reason.NOT_LIVE),
        (Verdict.UNDECIDED, Reason.LIVENESS_UNCLEAR),
        (Verdict.UNDECIDED, Reason.CHALLENGE_FAILED),
        (Verdict.UNDECIDED, Reason.LOCKED_OUT),
        (Verdict.MATCHED, Reason.RECOGNISED),
    ],
)
def test_what_was_seen_clearly_is_tried_once(
    tmp_path: Path, verdict: Verdict, reason: Reason
) -> None:
    async def story(scene: Scene) -> None:
        assert await _tried(scene, reason, verdict)
        assert scene.worker.decisions == 1

    played(tmp_path, story)

"""What the frames of a short look come to, and that it is told once."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from daemon.api import Reason
from daemon.camera.job import StreamInfo
from daemon.policy.manual_lock import OwnerPresence
from daemon.policy.presence import Sight
from daemon.recognition.frames import AnalysedFrame
from daemon.unlocking.job import OwnerWatcher
from daemon.unlocking.look import LOOK_SECONDS, MOST_FRAMES, Look, LookJob
from enroll.guide.prompts import Prompt
from models.errors import UsageError
from models.types import Analysis
from tests.daemon.fakes import ADA, person
from tests.daemon.unlocking.test_job import INFO, STRANGER, face, frame

OWNER = (OwnerPresence.PRESENT, True)
OTHER = (OwnerPresence.ABSENT, True)
FACE = (OwnerPresence.UNSURE, True)
EMPTY = (OwnerPresence.ABSENT, False)
Said = tuple[OwnerPresence, bool]


class Says(OwnerWatcher):
    """A watcher that says of each frame what its label is the name of."""

    def __init__(self) -> None:
        pass

    def observe(self, frame: AnalysedFrame) -> Said:
        return {"owner": OWNER, "other": OTHER, "face": FACE}.get(frame.label, EMPTY)


def labelled(label: str) -> AnalysedFrame:
    """A frame of that label, of which `Says` says what it is the name of."""
    scene = Prompt.TOO_DARK if label == "dark" else None
    return AnalysedFrame(0.0, (640, 480), Analysis((), {}), label, scene=scene)


def _looked(*labels: str, each: float = 0.3, gated: bool = True) -> tuple[Sight, int]:
    """What some frames come to, and how many were wanted; "-" is one in which nothing moved."""
    look = Look(gated=gated)
    for number, label in enumerate(labels):
        frame = None if label == "-" else labelled(label)
        if look.see(number * each, frame, Says()):
            return look.sight, number + 1
    return look.sight, len(labels)


def test_the_owner_ends_it_at_once() -> None:
    assert _looked("empty", "owner", "empty") == (Sight.OWNER, 2)


def test_beside_somebody_else_the_owner_is_there() -> None:
    assert _looked("other", "other", "owner")[0] is Sight.OWNER


@pytest.mark.parametrize(
    ("labels", "sight"),
    [
        (("empty", "-", "-"), Sight.NOBODY),
        (("dark", "-", "-"), Sight.DARK),
        (("empty", "face", "-"), Sight.FACE),
        (("other", "other", "-"), Sight.OTHER),
        (("other", "other", "face"), Sight.OTHER),
        (("other", "face", "face"), Sight.FACE),
        (("other", "-", "-"), Sight.FACE),
        (("empty", "-", "empty", "-"), Sight.MOTION),
        (("dark", "-", "empty"), Sight.MOTION),
    ],
)
def test_of_several_frames_the_first_that_counts(labels: tuple[str, ...], sight: Sight) -> None:
    assert _looked(*labels)[0] is sight


def test_what_moves_while_a_camera_finds_its_exposure_moves_not() -> None:
    assert _looked("empty", "empty", "-", "-")[0] is Sight.NOBODY


def test_where_every_frame_is_analysed_nothing_is_known_of_motion() -> None:
    assert _looked("empty", "-", "empty", "empty", gated=False)[0] is Sight.NOBODY


def test_it_ends_in_time() -> None:
    assert _looked(*["empty"] * 100, each=LOOK_SECONDS / 4)[1] == 5
    assert _looked(*["face"] * 100, each=0.01)[1] == MOST_FRAMES


def test_without_an_analysed_frame_nothing_was_seen() -> None:
    assert _looked("-", "-", "-", "-", "-") == (Sight.BLIND, 5)


class _Told:
    """A job for ada, and what it told."""

    def __init__(self) -> None:
        self.told: list[Sight] = []
        calls: list[Callable[[], None]] = []
        self.job = LookJob(
            person("ada", ADA), gated=True, post=calls.append, on_end=self.told.append
        )
        self.calls = calls

    def end(self, reason: Reason | None) -> list[Sight]:
        self.job.end(reason, "")
        for call in self.calls:
            call()
        return self.told


def test_a_job_tells_of_its_owner_once() -> None:
    one = _Told()
    one.job.begin(StreamInfo(INFO, False))
    outcome = one.job.see(frame(face(ADA)))
    assert (outcome.done, outcome.face) == (True, True)
    assert one.end(None) == [Sight.OWNER]


def test_a_job_is_not_done_with_somebody_else_at_once() -> None:
    one = _Told()
    one.job.begin(StreamInfo(INFO, False))
    assert not one.job.see(frame(face(STRANGER))).done


def test_a_camera_that_is_busy_is_told_too() -> None:
    assert _Told().end(Reason.CAMERA_BUSY) == [Sight.BLIND]


def test_with_too_many_appearances_nothing_is_seen() -> None:
    class TooMany:
        threshold = 1.0

        def matcher(self, _person: Any) -> Any:
            raise UsageError("too many")

    one = _Told()
    one.job.begin(StreamInfo(cast(Any, TooMany()), False))
    assert not one.job.see(frame(face(ADA))).done
    assert one.end(None) == [Sight.BLIND]

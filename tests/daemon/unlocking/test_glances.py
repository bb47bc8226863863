"""What glances at an idle session say, frame by frame, and how a job of them ends."""

from collections.abc import Callable

import pytest

from daemon.api import Reason
from daemon.camera.job import StreamInfo
from daemon.policy.presence import Sight
from daemon.unlocking.glances import JOB_SECONDS, GlanceJob, Glances
from tests.daemon.fakes import ADA, person
from tests.daemon.unlocking.test_job import INFO, STRANGER, face, frame
from tests.daemon.unlocking.test_look import Says, labelled

STILL = 5.0


def _glanced(*labels: str, each: float = 2.0, still: float = STILL) -> list[Sight]:
    """What is said after each frame; "-" is one that was not analysed."""
    glances, said = Glances(still_seconds=still), []
    for number, label in enumerate(labels):
        glances.see(number * each, None if label == "-" else labelled(label), Says())
        said.append(glances.sight)
    return said


@pytest.mark.parametrize(
    ("labels", "last"),
    [
        (("-",), Sight.BLIND),
        (("owner", "-", "-"), Sight.OWNER),
        (("owner", "other"), Sight.FACE),
        (("owner", "other", "-"), Sight.FACE),
        (("other", "other"), Sight.OTHER),
        (("other", "face", "other"), Sight.FACE),
        (("other", "owner", "other"), Sight.FACE),
        (("owner", "face", "-"), Sight.FACE),
        (("dark", "-"), Sight.DARK),
        (("empty",), Sight.NOBODY),
        (("owner", "empty"), Sight.MOTION),
        (("owner", "empty", "-"), Sight.NOBODY),
    ],
)
def test_the_last_frame_says_what_holds(labels: tuple[str, ...], last: Sight) -> None:
    assert _glanced(*labels)[-1] is last


def test_an_empty_chair_before_which_nothing_moves_is_looked_at_now_and_then() -> None:
    assert _glanced("empty", "empty", "empty", each=STILL) == [Sight.NOBODY] * 3


def test_where_every_frame_is_analysed_nothing_is_known_of_motion() -> None:
    assert _glanced("owner", "empty", each=0.5, still=0.0)[-1] is Sight.NOBODY


class _Told:
    """A job for ada, and what it told."""

    def __init__(self) -> None:
        self.time = 100.0
        self.told: list[tuple[str, Sight]] = []
        self.job = GlanceJob(
            person("ada", ADA),
            still_seconds=STILL,
            post=_now,
            on_sight=lambda sight: self.told.append(("sight", sight)),
            on_end=lambda sight: self.told.append(("end", sight)),
            clock=lambda: self.time,
        )


def _now(call: Callable[[], None]) -> None:
    call()


def test_a_job_tells_each_sight_and_its_end() -> None:
    one = _Told()
    assert one.job.deadline == 100.0 + JOB_SECONDS
    one.job.begin(StreamInfo(INFO, False))
    assert not one.job.see(frame(face(ADA))).done
    for _ in range(4):
        one.time += 0.5
        one.job.see(None)
    one.job.end(None, "")
    # What has not changed is told every second.
    assert one.told == [("sight", Sight.OWNER)] * 3 + [("end", Sight.OWNER)]
    assert not one.job.onlooker
    one.job.see(frame(face(STRANGER)))
    assert one.told[-1] == ("sight", Sight.FACE)


def test_a_camera_that_is_lost_or_never_came_shows_nothing() -> None:
    one = _Told()
    one.job.end(None, "")
    one.job.begin(StreamInfo(INFO, False))
    one.job.see(frame(face(ADA)))
    one.job.end(Reason.CAMERA_LOST, "")
    assert [one.told[0], one.told[-1]] == [("end", Sight.BLIND)] * 2

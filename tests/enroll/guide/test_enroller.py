"""One enrolment from its frames to its appearance."""

import numpy as np
import pytest

from enroll.errors import EnrollError
from enroll.guide.enroller import MOST_FRAMES, Enroller
from enroll.guide.guide import Observation
from enroll.guide.selection import Sample
from models.pose import Pose
from models.types import Quality


def _seen(index: int, *, angle: float = 0.0) -> Observation:
    embedding = np.zeros(64, dtype=np.float32)
    embedding[0], embedding[1] = np.cos(angle), np.sin(angle)
    sample = Sample(embedding, Quality(0.9), 1, f"picture {index}")
    return Observation(index / 4.0, sample, Pose(0.0, 0.0, 0.0), (0.3, 0.2, 0.3, 0.4))


def _enroller(*, still: bool = False) -> Enroller:
    return Enroller("default", model_id="fake:0", metric="euclidean", threshold=0.6, still=still)


def test_an_appearance_is_of_the_model_that_made_it_and_every_face_is_accounted_for() -> None:
    enroller = _enroller()
    for index in range(12):
        enroller.add(_seen(index, angle=0.01 * index))
    enroller.add(Observation(99.0))
    made = enroller.result()
    assert (made.appearance.name, made.appearance.model_id) == ("default", "fake:0")
    assert (made.frames_seen, made.faces_seen) == (13, 12)
    assert len(made.selection.kept) + made.selection.rejected.total() == 12
    assert made.quality == pytest.approx(0.9)


def test_too_few_pictures_make_none_unless_there_are_no_more_to_be_had() -> None:
    enroller = _enroller()
    for index in range(3):
        enroller.add(_seen(index, angle=0.2 * index))
    with pytest.raises(EnrollError, match="only 3 good pictures"):
        enroller.result()
    assert enroller.result(fewest=1).faces_seen == 3


def test_an_enrolment_ends_by_itself() -> None:
    enroller = _enroller()
    for index in range(MOST_FRAMES):
        assert not enroller.done
        enroller.add(Observation(index / 30.0))
    assert enroller.done

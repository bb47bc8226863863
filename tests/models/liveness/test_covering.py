import numpy as np
import pytest

from models.liveness.covering import Covering, is_covered
from models.liveness.evidence import MeshPoints
from models.types import Image
from tests.models.liveness.faces import observation

SKIN, LIPS, MASK = (120, 150, 205), (100, 95, 190), (190, 170, 130)  # BGR
FOREHEAD_ROW, LOWER_ROW, LIPS_ROW = 20, 60, 100


def points() -> MeshPoints:
    """Forehead, lower face and lips each in a band of the picture."""
    from models.liveness import covering

    found = np.full((468, 3), 150, np.float32)
    rows = (
        (covering._FOREHEAD, FOREHEAD_ROW),
        (covering._LOWER_FACE, LOWER_ROW),
        (covering._LIPS, LIPS_ROW),
    )
    for part, row in rows:
        found[list(part), 0] = np.arange(len(part)) + 30
        found[list(part), 1] = row
    return found


def picture(lower: tuple[int, int, int], lips: tuple[int, int, int]) -> Image:
    image = np.full((200, 200, 3), SKIN, np.uint8)
    image[LOWER_ROW - 10 : LOWER_ROW + 10] = lower
    image[LIPS_ROW - 10 : LIPS_ROW + 10] = lips
    return image


def test_a_mask_covers_and_a_face_does_not() -> None:
    assert is_covered(picture(MASK, MASK), points()) is True
    assert is_covered(picture(SKIN, LIPS), points()) is False


def test_a_beard_with_lips_in_it_is_no_mask() -> None:
    assert is_covered(picture((60, 60, 60), LIPS), points()) is False


def test_a_pale_mouth_is_no_mask() -> None:
    assert is_covered(picture(SKIN, SKIN), points()) is False


def test_without_colour_nothing_is_said() -> None:
    grey = np.full((200, 200, 3), 90, np.uint8)
    grey[60:] = 200
    assert is_covered(grey, points()) is None


@pytest.mark.parametrize("value", [np.nan, 1e6, -50.0])
def test_points_outside_the_frame_say_nothing(value: float) -> None:
    assert is_covered(picture(MASK, MASK), np.full((468, 3), value, np.float32)) is None


def seen(*images: Image) -> Covering:
    cue = Covering()
    for index, image in enumerate(images):
        cue.observe(observation(image, points(), time=index / 10))
    return cue


def test_a_covered_face_is_withheld_with_its_own_words() -> None:
    answer = seen(*[picture(MASK, MASK)] * 5).evidence()
    assert (answer.withholds, answer.reason, answer.llr) == (True, "covered", 0.0)


def test_a_face_is_decided_once_the_mask_is_off() -> None:
    answer = seen(*[picture(MASK, MASK)] * 5, *[picture(SKIN, LIPS)] * 3).evidence()
    assert (answer.withholds, answer.reason) == (False, "uncovered")


def test_too_few_looks_and_no_mesh_are_no_evidence() -> None:
    assert not seen(picture(MASK, MASK)).evidence().known
    cue = Covering()
    cue.observe(observation(picture(MASK, MASK), None))
    assert cue.evidence().reason == "colours-unseen"
    cue = seen(*[picture(MASK, MASK)] * 5)
    cue.reset()
    assert not cue.evidence().known

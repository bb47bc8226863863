"""What a conversion is tried on, and how two networks are compared."""

import cv2
import numpy as np
import pytest

from models.convert import recipes, selfcheck
from models.embedders.spec import EMBEDDERS
from models.geometry import similarity_transform
from models.types import Array


def vector(*values: float) -> Array:
    return np.array(values, dtype=np.float32)


def test_equal_outputs_agree() -> None:
    found = selfcheck.agreement([vector(1, 2), vector(3, 4)], [vector(1, 2), vector(3, 4)])
    assert found.difference == 0
    assert found.cosine == pytest.approx(1)


def test_the_worst_input_decides() -> None:
    reference = [vector(1, 0), vector(0, 1), vector(0.5, 0)]
    found = selfcheck.agreement([vector(1, 0), vector(1, 1), vector(0.5, 0)], reference)
    assert found.difference == pytest.approx(1)
    assert found.cosine == pytest.approx(np.sqrt(0.5))


def test_differences_count_in_units_of_large_outputs() -> None:
    assert selfcheck.agreement([vector(200, 1)], [vector(100, 1)]).difference == pytest.approx(1)
    assert selfcheck.agreement([vector(0.2, 0)], [vector(0.1, 0)]).difference == pytest.approx(0.1)


@pytest.mark.parametrize("strange", [np.nan, np.inf])
def test_what_is_not_finite_never_agrees(strange: float) -> None:
    for pair in ([vector(strange)], [vector(1)]), ([vector(1)], [vector(strange)]):
        found = selfcheck.agreement(*pair)
        assert found.difference == np.inf
        assert found.cosine == -1


def test_nothing_compared_is_no_agreement() -> None:
    assert selfcheck.agreement([], []).cosine == -1
    assert selfcheck.agreement([vector(0, 0)], [vector(0, 0)]).cosine == -1


def test_the_same_views_every_time_and_no_two_alike() -> None:
    first, second = selfcheck.views(3), selfcheck.views(3)
    assert len(first) == 6
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.frame, other.frame)
    assert len({view.frame.tobytes() for view in first}) == 6
    assert len({round(view.box.left) for view in first}) > 3


def test_landmarks_lie_on_the_face_in_every_view() -> None:
    """Eyes are darker than the cheeks below them, wherever the face was moved to."""
    for view in selfcheck.views(8):
        grey = cv2.GaussianBlur(cv2.cvtColor(view.frame, cv2.COLOR_BGR2GRAY), (0, 0), 3)
        left, right, nose, mouth_left, mouth_right = view.landmarks
        for eye, corner in (left, mouth_left), (right, mouth_right):
            cheek = (eye + 2 * corner) / 3
            assert grey[round(eye[1]), round(eye[0])] < grey[round(cheek[1]), round(cheek[0])]
        assert view.box.left < nose[0] < view.box.right
        assert view.box.top < nose[1] < view.box.bottom


@pytest.mark.parametrize("name", EMBEDDERS)
def test_chips_are_what_the_embedder_is_given(name: str) -> None:
    chips = selfcheck.chips(EMBEDDERS[name], 2)
    size = EMBEDDERS[name].size
    assert [chip.shape for chip in chips] == [(1, size, size, 3)] * 4
    for chip in chips:
        assert chip.dtype == np.float32
        assert 0 <= chip.min() < chip.max() <= 255
        # Skin is red before it is blue, so these are RGB.
        assert chip[..., 0].mean() > chip[..., 2].mean()


def test_views_turn_the_face_both_ways() -> None:
    turns = []
    upright = selfcheck.views(1)[0].landmarks - selfcheck.views(1)[0].landmarks.mean(axis=0)
    for view in selfcheck.views(12)[::2]:
        matrix = similarity_transform(upright, view.landmarks)
        turns.append(np.rad2deg(np.arctan2(matrix[1, 0], matrix[0, 0])))
    assert max(turns) - min(turns) > 8


def test_every_network_of_the_detector_is_tried_on_its_own_size() -> None:
    steps = recipes.recipe("mtcnn")
    assert steps is not None
    inputs = steps.inputs()
    assert {patch.shape for patch in inputs["rnet"]} == {(1, 24, 24, 3)}
    assert {patch.shape for patch in inputs["onet"]} == {(1, 48, 48, 3)}
    assert {frame.shape for frame in inputs["pnet"]} == {
        (1, 120, 160, 3),
        (1, 48, 64, 3),
        (1, 18, 24, 3),
    }


def test_what_runs_as_it_is_has_no_recipe() -> None:
    assert recipes.recipe("haar") is None

import numpy as np
import pytest

from models.assets.catalogue import spec
from models.assets.weights import installed
from models.convert.prepare import prepare
from models.convert.selfcheck import views
from models.errors import ImageError
from models.liveness.eyes import IrisReader, eye_matrix, opening, yaw
from models.liveness.mesh import FaceMesh
from models.types import Detection
from tests.models.liveness.faces import LEFT, RIGHT, mesh_points


@pytest.mark.parametrize("wide", [0.1, 0.35])
def test_the_opening_is_height_over_width(wide: float) -> None:
    assert opening(mesh_points(opening=wide)) == pytest.approx(wide)


@pytest.mark.parametrize("turn", [-0.4, 0.0, 0.7])
def test_the_turn_of_the_head_is_that_of_the_cheeks(turn: float) -> None:
    assert yaw(mesh_points(yaw=turn)) == pytest.approx(turn, abs=1e-5)


@pytest.mark.parametrize("corners", [LEFT, RIGHT])
def test_an_eye_lies_level_in_the_middle_of_its_crop(corners: tuple[int, int]) -> None:
    points = mesh_points()
    points[corners[1], 1] += 10  # the head is tilted
    matrix = eye_matrix(points, corners)
    ends = points[list(corners), :2] @ matrix[:, :2].T + matrix[:, 2]
    assert ends.mean(axis=0) == pytest.approx([32, 32], abs=1e-3)
    assert ends[1] - ends[0] == pytest.approx([64 / 2.3, 0], abs=1e-3)


def test_eyes_of_a_few_pixels_are_refused() -> None:
    with pytest.raises(ImageError, match="too small"):
        eye_matrix(mesh_points() * np.float32(0.1), LEFT)


def test_portraits_look_at_the_camera_with_open_eyes() -> None:
    models = [spec("facemesh"), spec("iris")]
    if not all(map(installed, models)):
        pytest.skip("no weights: FACELATCH_DATA names no shared data")
    for model in models:
        prepare(model, progress=lambda _: None)
    finder, reader = FaceMesh(), IrisReader()
    for view in views(3):
        face = Detection(view.box, 1.0, view.landmarks)
        eyes = reader.read(view.frame, finder.find(view.frame, face))
        assert 0.2 < eyes.opening < 0.55
        assert abs(eyes.aside) < 0.15
        assert abs(eyes.down) < 0.2

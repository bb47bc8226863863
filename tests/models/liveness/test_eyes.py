import numpy as np
import pytest

from models.assets.catalogue import spec
from models.assets.weights import installed
from models.convert.prepare import prepare
from models.convert.selfcheck import views
from models.errors import ImageError
from models.liveness.eyes import IrisReader, eye_matrix, measured, yaw
from models.liveness.mesh import FaceMesh
from models.types import Detection
from tests.models.liveness.faces import LEFT, RIGHT, mesh_points


@pytest.mark.parametrize("degrees", [0, 20, -35])
def test_an_eye_is_measured_in_its_own_width_and_direction(degrees: float) -> None:
    outline = np.zeros((76, 2), np.float32)
    outline[0], outline[8], outline[4], outline[12] = (20, 32), (44, 32), (32, 36), (32, 27)
    outline[71] = (38, 35)
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    eye = measured((outline @ turn + 3).astype(np.float32))
    assert eye.opening == pytest.approx(9 / 24, abs=1e-5)
    assert (eye.aside, eye.down) == pytest.approx((6 / 24, 3 / 24), abs=1e-5)


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

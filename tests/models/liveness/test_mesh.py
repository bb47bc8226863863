import numpy as np
import pytest

from models.assets.catalogue import spec
from models.assets.weights import installed
from models.convert.prepare import prepare
from models.convert.selfcheck import views
from models.errors import ImageError
from models.liveness.mesh import FaceMesh, crop_matrix
from models.types import Detection, Landmarks

FRONTAL = np.array([[100, 100], [140, 100], [120, 125], [105, 145], [135, 145]], np.float32)


def moved(points: Landmarks, matrix: Landmarks) -> Landmarks:
    return points @ matrix[:, :2].T + matrix[:, 2]


@pytest.mark.parametrize("degrees", [0, 25, -70, 180])
@pytest.mark.parametrize("scale", [0.3, 1.0, 6.0])
def test_the_crop_holds_the_face_upright_and_of_one_size(degrees: float, scale: float) -> None:
    angle = np.deg2rad(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (FRONTAL @ turn.T + [400, 300]).astype(np.float32)
    in_crop = moved(points, crop_matrix(points))
    expected = moved(FRONTAL, crop_matrix(FRONTAL))
    assert in_crop == pytest.approx(expected, abs=0.05)
    assert in_crop[0, 1] == pytest.approx(in_crop[1, 1], abs=0.05)
    assert 0 < in_crop.min() < in_crop.max() < 192


def test_a_face_turned_aside_is_not_enlarged() -> None:
    aside = FRONTAL.copy()
    aside[:, 0] = 120 + (aside[:, 0] - 120) * 0.3
    assert np.linalg.det(crop_matrix(aside)[:, :2]) == pytest.approx(
        np.linalg.det(crop_matrix(FRONTAL)[:, :2]), rel=0.3
    )


@pytest.mark.parametrize(
    "points", [np.zeros((5, 2)), np.full((5, 2), np.nan), FRONTAL * 0.01, np.full((5, 2), np.inf)]
)
def test_landmarks_that_span_no_face_are_refused(points: Landmarks) -> None:
    with pytest.raises(ImageError, match="span no face"):
        crop_matrix(points.astype(np.float32))


def test_the_mesh_lies_on_the_face_and_its_nose_is_nearest() -> None:
    model = spec("facemesh")
    if not installed(model):
        pytest.skip("no weights: FACELATCH_DATA names no shared data")
    prepare(model, progress=lambda _: None)
    finder = FaceMesh()
    for view in views(3):
        mesh = finder.find(view.frame, Detection(view.box, 1.0, view.landmarks))
        eyes = view.landmarks[1] - view.landmarks[0]
        unit = float(np.hypot(*eyes))
        nose, left_eye, right_eye = 1, [33, 133], [362, 263]
        for index, expected in ((left_eye, view.landmarks[0]), (right_eye, view.landmarks[1])):
            found = mesh.points[index, :2].mean(axis=0)
            assert np.hypot(*(found - expected)) < 0.2 * unit
        assert mesh.presence > 0.9
        assert mesh.points[nose, 2] < mesh.points[[33, 263], 2].min()

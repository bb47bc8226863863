"""What groups have in common is taken out of two faces before they are compared."""

from typing import Any

import numpy as np
import pytest

from models.scoring.cohort import NOBODY
from models.scoring.matching import distances
from models.scoring.projection import Projection, from_json, to_json
from models.types import Array, Metric

SIZE = 16
MIDDLE = np.zeros(SIZE)
MIDDLE[2] = 0.3
MADE = Projection(MIDDLE, np.eye(SIZE)[:2], 0.9, 40)


def _faces(count: int, seed: int) -> Array:
    rows = np.random.default_rng(seed).normal(size=(count, SIZE))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def _left(rows: Array) -> Array:
    left = rows - MIDDLE.astype(np.float32)
    left[:, :2] = 0.0
    return np.asarray(left / np.linalg.norm(left, axis=1, keepdims=True), dtype=np.float32)


def _summed(templates: Array, faces: Array, metric: Metric) -> Array:
    """Distances as they count."""
    plain = np.stack([distances(one, faces, metric) for one in templates])
    return np.asarray(plain + MADE.between(templates, faces, metric), dtype=np.float32)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_distances_are_those_of_what_is_left(metric: Metric) -> None:
    templates, faces = _faces(3, 1), _faces(5, 2)
    expected = np.stack([distances(one, _left(faces), metric) for one in _left(templates)])
    expected *= 0.9 if metric == "euclidean" else 0.81
    np.testing.assert_allclose(_summed(templates, faces, metric), expected, atol=1e-5)


def test_two_who_differ_by_a_group_alone_are_one() -> None:
    face = _faces(1, 3)
    other = face.copy()
    other[0, :2] = -other[0, :2]
    assert distances(face[0], other, "cosine")[0] > 0.05
    assert _summed(face, other, "cosine")[0, 0] == pytest.approx(0.0, abs=1e-6)


def test_two_who_share_a_group_alone_are_strangers() -> None:
    common = 3.0 * np.eye(SIZE, dtype=np.float32)[0]
    first, second = (rows + common for rows in (_faces(1, 4), _faces(1, 5)))
    first, second = (rows / np.linalg.norm(rows) for rows in (first, second))
    assert distances(first[0], second, "cosine")[0] < 0.3
    assert _summed(first, second, "cosine")[0, 0] > 0.5


def test_a_mean_of_pictures_is_seen_from_the_middle_of_its_pictures() -> None:
    pictures, face = _faces(3, 6), _faces(1, 7)
    mean = pictures.mean(axis=0, keepdims=True)
    left = pictures - MIDDLE.astype(np.float32)
    left[:, :2] = 0.0
    other = face - MIDDLE.astype(np.float32)
    other[:, :2] = 0.0
    expected = 0.81 * distances(left.mean(axis=0), other, "cosine")[0]
    assert _summed(mean, face, "cosine")[0, 0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    "face",
    [
        np.full(SIZE, np.nan),
        np.full(SIZE, np.inf),
        np.zeros(SIZE),
        np.full(SIZE, 1e-3),
        np.ones(SIZE - 1),
        np.sqrt(1.0 - 0.3**2) * np.eye(SIZE)[0] + MIDDLE,
    ],
    ids=["nan", "infinite", "nothing", "everywhere", "another size", "of a group alone"],
)
def test_what_is_no_face_is_nobodys(face: np.ndarray[Any, Any]) -> None:
    rows = np.atleast_2d(face)
    assert (MADE.between(_faces(2, 8), rows, "cosine") >= NOBODY).all()
    assert (MADE.between(rows, _faces(2, 8), "euclidean") >= NOBODY).all()
    assert MADE.between(_faces(2, 8), rows, "cosine").shape == (2, 1)


def test_a_projection_comes_back_from_json() -> None:
    rows, _ = np.linalg.qr(np.random.default_rng(9).normal(size=(SIZE, 3)))
    made = Projection(MIDDLE, rows.T, 0.9, 40)
    again = from_json(to_json(made))
    some, others = _faces(4, 10), _faces(4, 11)
    np.testing.assert_allclose(
        again.between(some, others, "cosine"), made.between(some, others, "cosine"), atol=1e-4
    )
    assert (again.length, again.people) == (0.9, 40)


@pytest.mark.parametrize(
    "changed",
    [
        {"people": 7},
        {"people": True},
        {"length": 0.0},
        {"length": 2.1},
        {"length": float("nan")},
        {"middle": [0.0] * (SIZE - 1)},
        {"middle": [1.0] * SIZE},
        {"middle": [float("nan")] * SIZE},
        {"middle": []},
        {"directions": ""},
        {"directions": "AAAA"},
        {"directions": "no base 64"},
        {"directions": 3},
        {"directions": "A" * 80},
        {"more": 1},
    ],
    ids=str,
)
def test_a_projection_out_of_bounds_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        from_json(to_json(MADE) | changed)


def test_directions_that_lean_on_each_other_are_refused() -> None:
    leaning = np.eye(SIZE)[:2]
    leaning[1, 0] = 0.1
    with pytest.raises(ValueError, match="directions"):
        Projection(MIDDLE, leaning, 0.9, 40)

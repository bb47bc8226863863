"""Centroids stand for eight people at least, whatever people there are."""

import numpy as np
import pytest

from models.errors import UsageError
from models.evaluation.kinds import FEWEST_FOR_KINDS, Weights, clustered, kinds_of
from models.evaluation.turns import Faces
from tests.models.evaluation.crowd import crowd


def test_no_centroid_stands_for_fewer_than_eight_people() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(200, 8)).astype(np.float32)
    centroids, sizes = clustered(rows, 30)
    assert min(sizes) >= 8
    assert sum(sizes) == 200
    np.testing.assert_allclose(np.linalg.norm(centroids, axis=1), 1.0)


def test_two_kinds_of_people_are_found_apart() -> None:
    rng = np.random.default_rng(3)
    middles = np.eye(16)[[0, 5]]
    rows = (middles[np.arange(60) % 2] + 0.1 * rng.normal(size=(60, 16))).astype(np.float32)
    centroids, sizes = clustered(rows, 2)
    assert sizes == (30, 30)
    assert (np.abs(centroids @ middles.T).max(axis=0) > 0.9).all()


def test_a_handful_of_people_is_one_kind() -> None:
    _, sizes = clustered(np.eye(10, dtype=np.float32), 4)
    assert sizes == (10,)


def test_likeness_is_taken_off_around_what_is_usual() -> None:
    faces = Faces(*crowd(people=400, pictures=2, seed=5))
    made = kinds_of(faces, "cosine", Weights(template=1.0, face=0.5, nearest=10))
    assert min(made.people) >= 8
    assert sum(made.people) == 400
    assert abs(made.of_faces(faces.embeddings).mean()) < 1e-2
    assert made.face.least < made.face.usual


def test_too_few_people_make_no_kinds() -> None:
    faces = Faces(*crowd(people=FEWEST_FOR_KINDS - 1, pictures=1, seed=5))
    with pytest.raises(UsageError, match="at least 300"):
        kinds_of(faces, "cosine", Weights(1.0, 1.0, 10))

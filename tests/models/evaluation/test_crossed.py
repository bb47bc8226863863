"""Corrections come from people who take no part in the comparison."""

import numpy as np
import pytest

from models.evaluation import crossed as crossing
from models.evaluation.commonness import FEWEST_PEOPLE, crowd_of
from models.evaluation.crossed import FOLDS, crossed, fold_of
from models.evaluation.enrolment import enrol
from models.evaluation.turns import Faces, measure
from tests.models.evaluation.gathering import crowd


def _faces(people: int = 4 * FEWEST_PEOPLE) -> Faces:
    return crowd(people=people, pictures=4)


def test_no_crowd_holds_anybody_who_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever the crowd of a template's and a face's fold holds is in neither of them."""
    faces, seen = _faces(), []

    def remembered(chosen: Faces, weight: float) -> object:
        seen.append(frozenset(int(fold) for fold in fold_of(chosen.people)))
        return crowd_of(chosen, weight)

    monkeypatch.setattr(crossing, "crowd_of", remembered)
    crossed(faces, 1.0)
    everybody = frozenset(range(FOLDS))
    pairs = [everybody - {one, other} for one in range(FOLDS) for other in range(one, FOLDS)]
    assert seen == pairs


def test_every_face_has_a_correction_for_every_fold() -> None:
    faces = _faces()
    made = crossed(faces, 1.0)
    assert made.table.shape == (FOLDS, faces.people.size)
    assert (made.table != 0.0).all()
    own = made.to_templates(np.array([5, 9], dtype=np.int32))
    np.testing.assert_array_equal(own, made.table[[1, 1]])


def test_a_common_face_is_farther_from_everybody() -> None:
    faces = _faces()
    common = np.eye(64, dtype=np.float32)[0]
    rows = faces.embeddings + np.where(faces.people % 3 == 0, 1.0, 0.1)[:, None] * common
    made = crossed(Faces(rows.astype(np.float32), faces.people), 1.0).table
    assert made[:, faces.people % 3 == 0].min() > made[:, faces.people % 3 != 0].max()


def test_nothing_is_corrected_by_a_small_crowd_or_without_a_weight() -> None:
    assert not crossed(_faces(people=40), 1.0).table.any()
    assert not crossed(_faces(), 0.0).table.any()
    assert crossed(_faces(), 0.0).largest == 0.0


def test_protocols_add_the_corrections_to_distances() -> None:
    faces = _faces()
    corrections = crossed(faces, 1.0)
    plain, corrected = (
        enrol(faces.embeddings, faces.people, "euclidean", enrolled=3, corrections=one).trials
        for one in (None, corrections)
    )
    added = {
        (int(first), int(second)): float(distance)
        for first, second, distance in zip(
            corrected.genuine.first,
            corrected.genuine.second,
            corrected.genuine.distances,
            strict=True,
        )
    }
    for first, second, distance in zip(
        plain.genuine.first, plain.genuine.second, plain.genuine.distances, strict=True
    ):
        fold = int(fold_of(plain.first_person[first : first + 1])[0])
        expected = distance + corrections.table[fold, second]
        assert added[int(first), int(second)] == pytest.approx(expected, abs=1e-5)


def test_calibrations_are_fitted_on_corrected_distances() -> None:
    faces = _faces()
    corrections = crossed(faces, 1.0)
    plain = measure(faces, "euclidean")
    made = measure(faces, "euclidean", corrections=corrections.to_templates)
    shift = made.genuine - plain.genuine
    assert corrections.table.min() - 1e-6 <= shift.min() < shift.max() <= corrections.largest + 1e-6

"""A fitted calibration tells what its pictures showed, and never less than strangers came near."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import UsageError
from models.evaluation import calibrate, published, turns
from models.evaluation.cohort import fit_cohort, held_out_gain
from models.evaluation.turns import Faces
from models.scoring.calibration import Calibration
from models.scoring.security import ATTEMPTS
from models.types import Metric
from tests.models.calibrated import NamedEmbedder, calibration
from tests.models.evaluation.gathering import crowd


def _fit(faces: Faces, metric: Metric = "cosine") -> Calibration:
    return calibrate.fit(
        faces, NamedEmbedder(metric=metric), data="a crowd", date="today", command="x", versions={}
    )


def test_every_picture_is_probed_and_everybody_else_is_a_stranger() -> None:
    faces = crowd(people=3, pictures=4)
    found = list(turns.turns_of(faces))
    assert len(found) == 3 * 4
    assert {int(row) for turn in found for row in turn.probes} == set(range(12))
    for turn in found:
        owner = faces.people[turn.enrolled[0]]
        assert (faces.people[turn.enrolled] == owner).all()
        assert (faces.people[turn.probes] == owner).all()
        assert set(turn.enrolled).isdisjoint(turn.probes)
        assert (faces.people[turn.strangers] != owner).all()
        assert turn.strangers.sum() == 8


def test_people_with_too_few_pictures_are_strangers_only() -> None:
    faces = crowd(people=30, pictures=4)
    short = np.concatenate([faces.people != 7, np.zeros(0, dtype=bool)])
    short[np.flatnonzero(faces.people == 7)[:3]] = True
    left = Faces(faces.embeddings[short], faces.people[short])
    measured = turns.measure(left, "cosine")
    assert measured.people == 29
    assert measured.impostors.size == 29 * 4 * (left.people.size - 4)


@pytest.mark.parametrize(("people", "pictures"), [(19, 5), (40, 3), (1, 30)])
def test_too_few_people_are_refused_in_words(people: int, pictures: int) -> None:
    with pytest.raises(UsageError, match="needs at least 20"):
        turns.measure(crowd(people, pictures), "cosine")


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_a_threshold_keeps_its_rate_on_the_pictures_it_was_made_of(metric: Metric) -> None:
    faces = crowd()
    made = _fit(faces, metric)
    impostors = turns.measure(faces, metric).impostors
    for rate in (1e-1, 1e-2, made.measured_far):
        share = ATTEMPTS * np.mean(impostors <= made.threshold(rate))
        assert rate / 2 <= share <= rate * (1 + 1e-3)
    rare = made.measured_far / 5
    assert ATTEMPTS * np.mean(impostors <= made.threshold(rare)) <= rare


def test_what_was_counted_is_told_once_a_person() -> None:
    made = _fit(crowd(people=60, pictures=5))
    origin = made.provenance
    assert (origin.kind, origin.people, origin.pictures) == ("measured", 60, 300)
    assert (origin.genuine, origin.impostors) == (60 * 2, 60 * 59 * 5)
    assert made.measured_far == pytest.approx(ATTEMPTS * 30 / origin.impostors, rel=0.01)
    assert made.extrapolated(made.measured_far / 2)


def test_evidence_changes_sides_between_owner_and_strangers() -> None:
    faces = crowd()
    made, measured = _fit(faces), turns.measure(faces, "cosine")
    assert made.evidence(float(np.median(measured.genuine))) > 5.0
    assert made.evidence(float(np.median(measured.impostors))) < -3.0
    assert (np.diff(made.llr) < 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(200, 5000), st.floats(0.02, 0.3))
def test_the_curve_never_promises_less_than_was_seen(seed: int, size: int, spread: float) -> None:
    """Single strangers who come nearer than the curve runs on count where they are."""
    rng = np.random.default_rng(seed)
    impostors = np.abs(rng.normal(1.0, spread, size)).astype(np.float32)
    knots, log_far = calibrate.rate_curve(impostors, 30 / size)
    assert (np.diff(knots) > 0).all()
    assert (np.diff(log_far) > 0).all()
    for knot, rate in zip(knots, 10.0**log_far, strict=True):
        assert np.sum(impostors < knot - 1e-6) <= rate * size + 1e-6


def test_the_tail_of_a_normal_distribution_is_not_promised_too_little_of() -> None:
    """The curve runs on straight, a normal distribution bends down: the truth is rarer still."""
    rng = np.random.default_rng(1)
    impostors = rng.normal(1.0, 0.1, 200_000).astype(np.float32)
    knots, log_far = calibrate.rate_curve(impostors, 30 / impostors.size)
    for knot, rate in zip(knots, 10.0**log_far, strict=True):
        if rate < 1e-4:
            true = 0.5 * math.erfc((1.0 - knot) / 0.1 / math.sqrt(2))
            assert true <= rate


def test_distances_that_are_all_the_same_cannot_be_calibrated() -> None:
    with pytest.raises(UsageError, match="do not differ"):
        calibrate.rate_curve(np.full(5000, 0.7, dtype=np.float32), 0.006)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_a_crowd_that_tells_nothing_changes_no_threshold(metric: Metric) -> None:
    """Directions at random: nobody resembles strangers more than others do, beyond chance."""
    faces = crowd()
    assert held_out_gain(faces, metric) < 0.03
    fitted = fit_cohort(faces, metric)
    assert fitted.weight_likeness == fitted.weight_spread == 0.0


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_whom_the_crowd_resembles_is_found_and_treated_strictly(metric: Metric) -> None:
    """A third of the people lie near the crowd's common direction, and strangers near them."""
    faces = crowd(people=150, pictures=6, seed=3)
    common = np.eye(64, dtype=np.float32)[0]
    pull = np.where(faces.people % 3 == 0, 1.0, 0.1).astype(np.float32)
    rows = faces.embeddings + pull[:, None] * common
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    fitted = fit_cohort(Faces(rows, faces.people), metric)
    assert fitted.weight_likeness > 0.0
    each = [rows[faces.people == person][:3] for person in range(150)]
    strict = np.array([fitted.strictness(one, metric) for one in each])
    pulled = np.arange(150) % 3 == 0
    assert np.mean(strict[pulled]) > 10 * np.mean(strict[~pulled]) + 1e-3


def test_published_figures_claim_no_more_than_what_was_measured() -> None:
    others = [calibration()]
    made = published.facenet("int8", others)
    assert made.provenance.kind == "published"
    assert made.extrapolated(1e-3)
    reached = [made.threshold(ATTEMPTS * far) for far in (1e-3, 1e-4, 1e-5)]
    assert reached == pytest.approx([0.4, 0.35, 0.3])
    for rate in (1e-1, 1e-3, 1e-5):
        least = others[0].evidence(others[0].threshold(rate))
        assert made.evidence(made.threshold(rate)) <= least + 1e-6

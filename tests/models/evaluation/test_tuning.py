"""What is chosen on one half of the people is judged on the other."""

import numpy as np
import pytest

from models.embedders.spec import EMBEDDERS
from models.errors import UsageError
from models.evaluation import tuning
from models.evaluation.metrics import Numbers
from models.evaluation.tuning import PLACES, Place, Tried, Variant, View
from models.types import Array
from tests.models.evaluation.crowd import crowd

GOOD, BAD = View("here", mirrored=False, twice=True), View("high", mirrored=True, twice=True)


def _variant(*views: View, commonness: float = 0.0) -> Variant:
    return Variant(views, "euclidean", commonness)


def _tried(name: str, one: float, other: float) -> Tried:
    return Tried(_variant(View(name, mirrored=False, twice=False)), (0.1,) * 3, ((one,), (other,)))


def _answers() -> tuple[dict[View, Array], Numbers, Numbers]:
    """A view that tells people apart, and one that shows nothing of them."""
    rows, person = crowd(people=40, pictures=6, spread=0.4)
    noise = np.random.default_rng(5).normal(size=rows.shape).astype(np.float32)
    return {GOOD: rows, BAD: noise}, person, np.asarray(person % 2, dtype=np.int32)


def test_every_variant_is_tried_once_and_has_a_name_of_its_own() -> None:
    found = tuning.variants()
    assert len(set(found)) == len(found)
    assert len({variant.name for variant in found}) == len(found)
    assert {view.place for variant in found for view in variant.views} == set(PLACES)


def test_what_runs_is_among_the_variants() -> None:
    """Both chips of mobilefacenet, the mirrored one higher, and the crowd's weight."""
    both = (View("here", mirrored=False, twice=True), View("high", mirrored=True, twice=True))
    runs = Variant(both, "euclidean", EMBEDDERS["mobilefacenet"].commonness)
    assert runs in tuning.variants()


def test_a_place_moves_landmarks_about_the_middle() -> None:
    spec = EMBEDDERS["resnet"]
    np.testing.assert_allclose(Place().points(spec), spec.reference, rtol=1e-6)
    half = Place(scale=0.5).points(spec)
    np.testing.assert_allclose(half.mean(axis=0), (spec.reference.mean(axis=0) + 75) / 2, rtol=1e-5)
    higher = Place(up=0.1).points(spec)
    np.testing.assert_allclose(spec.reference - higher, np.tile([0.0, 15.0], (5, 1)), atol=1e-4)


def test_everybody_is_in_one_half_and_both_are_about_as_large() -> None:
    halves = [tuning.half_of(f"person {number}") for number in range(400)]
    assert set(halves) == {0, 1}
    assert 150 < sum(halves) < 250


def test_a_view_that_tells_people_apart_is_found_better() -> None:
    answers, person, half = _answers()
    good, bad = (tuning.tried(answers, person, half, _variant(view)) for view in (GOOD, BAD))
    assert good.whole[0] < 0.2 < bad.whole[0]
    assert all(good.halves[side][0] < bad.halves[side][0] for side in (0, 1))


def test_embeddings_are_directions_of_the_mean() -> None:
    answers, _, _ = _answers()
    made = tuning.embedded(answers, _variant(GOOD, BAD))
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1.0, rtol=1e-5)


def test_the_crowd_corrects_what_the_weight_asks_for() -> None:
    """Of 400 people a third lie near a direction that all share, and so do strangers' faces."""
    rows, person = crowd(people=400, pictures=4, spread=0.7)
    rows[person % 3 == 0] += 1.5
    half = np.asarray(person // 2 % 2, dtype=np.int32)
    plain, corrected = (
        tuning.tried({GOOD: rows}, person, half, _variant(GOOD, commonness=weight))
        for weight in (0.0, 1.0)
    )
    assert corrected.whole[0] < plain.whole[0]


def test_what_one_half_chose_is_reported_on_the_other() -> None:
    results = [_tried("here", 0.02, 0.05), _tried("high", 0.01, 0.09), _tried("small", 0.03, 0.04)]
    assert tuning.best(results, 0) is results[1]
    assert tuning.best(results, 1) is results[2]
    text = list(tuning.lines(results))
    assert text[-4:] == [
        "chosen on half 0: once, high, euclidean",
        "  on half 1, which did not choose it:  9.00",
        "chosen on half 1: once, small, euclidean",
        "  on half 0, which did not choose it:  3.00",
    ]


def test_half_of_nobody_can_be_judged() -> None:
    answers, person, _ = _answers()
    with pytest.raises(UsageError, match="nobody"):
        tuning.tried(answers, person, np.zeros(person.size, dtype=np.int32), _variant(GOOD))

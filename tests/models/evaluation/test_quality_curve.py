"""Errors against the rejected share: falls for a measure with merit, stays for one without."""

import numpy as np
import pytest

from models.evaluation.all_pairs import all_pairs
from models.evaluation.degrade import degraded
from models.evaluation.enrolment import enrol
from models.evaluation.metrics import Numbers
from models.evaluation.quality_curve import quality_curve
from models.types import Array, Image
from tests.models.evaluation.crowd import crowd


def people(seed: int = 5) -> tuple[Array, Numbers, Array]:
    """Embeddings that are the worse the lower their quality."""
    embeddings, person = crowd(people=60, pictures=5, spread=0.6, seed=seed)
    rng = np.random.default_rng(seed)
    quality = rng.uniform(0.0, 1.0, person.size).astype(np.float32)
    noise = rng.normal(size=embeddings.shape) * (2.0 * (1.0 - quality)[:, None])
    return (embeddings + noise).astype(np.float32), person, quality


@pytest.mark.parametrize("protocol", ["all-pairs", "enrolment"])
def test_a_good_measure_lowers_the_errors(protocol: str) -> None:
    embeddings, person, quality = people()
    trials = (
        all_pairs(embeddings, person, "cosine")
        if protocol == "all-pairs"
        else enrol(embeddings, person, "cosine", enrolled=2).trials
    )
    steps = quality_curve(trials, quality, asked=0.01)
    assert steps[0].rejected == 0.0
    assert steps[0].genuine == len(trials.genuine)
    assert steps[0].far == pytest.approx(0.01, abs=1e-3)
    assert [step.rejected for step in steps] == sorted(step.rejected for step in steps)
    assert steps[-1].frr < 0.7 * steps[0].frr
    rng = np.random.default_rng(0)
    shuffled = quality_curve(trials, rng.permutation(quality), asked=0.01)
    assert shuffled[-1].frr > 0.85 * shuffled[0].frr


def test_a_step_is_what_the_pictures_left_over_would_show() -> None:
    embeddings, person, quality = people()
    trials = all_pairs(embeddings, person, "cosine")
    step = quality_curve(trials, quality, shares=(0.0, 0.3), asked=0.01)[1]
    good = quality >= np.float32(step.least)
    alone = all_pairs(embeddings[good], person[good], "cosine")
    threshold = quality_curve(trials, quality, shares=(0.0,), asked=0.01)
    assert threshold[0].rejected == 0.0
    assert step.genuine == len(alone.genuine)
    assert step.rejected == pytest.approx((~good).mean())
    again = quality_curve(alone, quality[good], shares=(0.0,), asked=0.01)[0]
    assert step.frr_at_far == pytest.approx(again.frr_at_far)


def test_equal_qualities_are_not_torn_apart() -> None:
    embeddings, person, _ = people()
    trials = all_pairs(embeddings, person, "cosine")
    flat = np.ones(person.size, dtype=np.float32)
    assert [step.rejected for step in quality_curve(trials, flat)] == [0.0]


def test_flaws_are_the_same_every_time_and_of_every_kind() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (60, 80, 3), dtype=np.uint8) for _ in range(60)]
    made: list[Image] = [degraded(picture) for picture in pictures]
    assert all(
        np.array_equal(one, degraded(picture)) for one, picture in zip(made, pictures, strict=True)
    )
    assert all(one.dtype == np.uint8 and one.ndim == 3 for one in made)
    untouched = [np.array_equal(a, b) for a, b in zip(made, pictures, strict=True)]
    smaller = [one.shape[0] < 60 for one in made]
    darker = [
        one.mean() < 0.6 * picture.mean() for one, picture in zip(made, pictures, strict=True)
    ]
    lighter = [
        one.mean() > picture.mean() + 15 for one, picture in zip(made, pictures, strict=True)
    ]
    smoother = [
        one.shape == (60, 80, 3) and 0.9 * picture.std() > one.std() and not dark
        for one, picture, dark in zip(made, pictures, darker, strict=True)
    ]
    for kind in (untouched, smaller, darker, lighter, smoother):
        assert 1 <= sum(kind) < 30

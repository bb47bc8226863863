"""Who of many is nearest: exactly whom a look at each of them would find."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from daemon.clients.cli.evaluation.gallery import Gallery
from enroll.template import Appearance, Person, nearest
from models.scoring.matching import distances
from models.types import Array, Embedding, Metric

CREATED = "2025-03-01T12:00:00Z"
MODEL = "fake:0"
METRICS: tuple[Metric, ...] = ("euclidean", "cosine")


def person(name: str, *templates: Array, metric: Metric, model: str = MODEL) -> Person:
    appearances = (
        Appearance(f"appearance {n}", CREATED, model, metric, row[None])
        for n, row in enumerate(templates)
    )
    return Person(name, tuple(appearances))


def crowd(seed: int, count: int, metric: Metric, *, spread: float = 1.0) -> list[Person]:
    random = np.random.default_rng(seed)
    centre = random.normal(size=64)
    rows = (centre + spread * random.normal(size=(count, 3, 64))).astype(np.float32)
    return [person(f"p{n}", *three, metric=metric) for n, three in enumerate(rows)]


def one_by_one(people: list[Person], probe: Embedding, metric: Metric) -> tuple[str, float]:
    found = [
        (one.name, float(distances(probe, appearance.template[None], metric)[0]))
        for one in people
        for appearance in one.appearances
    ]
    return min(found, key=lambda pair: pair[1])


def same(distance: float) -> Any:
    """Up to the order in which a sum in double precision is taken."""
    return pytest.approx(distance, rel=1e-6, abs=1e-13)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(METRICS),
    st.sampled_from([1.0, 1e-3, 1e-6, 0.0]),
    st.sampled_from([1.0, 1e-20, 1e3]),
)
def test_the_nearest_of_many_is_the_nearest(
    seed: int, metric: Metric, spread: float, scale: float
) -> None:
    people = crowd(seed, 20, metric, spread=spread)
    random = np.random.default_rng(seed + 1)
    own = people[7].appearances[1].template
    probe = (scale * (own + 0.1 * spread * random.normal(size=64))).astype(np.float32)
    found = Gallery(people, MODEL).nearest(probe, metric)
    assert found is not None
    _, distance = one_by_one(people, probe, metric)
    assert found.distance == same(distance)
    whose = next(one for one in people if one.name == found.name)
    appearance = next(one for one in whose.appearances if one.name == found.appearance)
    assert distances(probe, appearance.template[None], metric)[0] == same(found.distance)
    by_one = nearest(people, probe, MODEL)
    assert by_one is not None
    assert by_one[1] == same(found.distance)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(METRICS),
    arrays.arrays(np.float32, (4, 64), elements=st.floats(-1e4, 1e4, width=32)),
    arrays.arrays(np.float32, (64,), elements=st.floats(width=32)),
)
def test_whatever_the_values_it_is_the_nearest_or_nobody(
    metric: Metric, rows: Array, probe: Embedding
) -> None:
    people = [person(f"p{n}", row, metric=metric) for n, row in enumerate(rows)]
    found = Gallery(people, MODEL).nearest(probe, metric)
    if not np.isfinite(probe).all():
        assert found is None
        return
    assert found is not None
    assert found.distance == same(one_by_one(people, probe, metric)[1])


def test_only_appearances_of_the_model_the_metric_and_the_size_count() -> None:
    row = np.ones(64, np.float32)
    people = [
        person("ada", row, metric="cosine", model="other:0"),
        person("bob", np.ones(128, np.float32), metric="cosine"),
        person("eve", row, metric="euclidean"),
    ]
    gallery = Gallery(people, MODEL)
    assert len(gallery) == 2
    assert gallery.nearest(row, "cosine") is None
    found = gallery.nearest(row, "euclidean")
    assert found is not None
    assert (found.name, found.appearance, found.distance) == ("eve", "appearance 0", 0.0)
    assert gallery.nearest(row[None], "euclidean") is None


@pytest.mark.parametrize("metric", METRICS)
def test_nobody_is_nearest_in_an_empty_gallery(metric: Metric) -> None:
    gallery = Gallery([], MODEL)
    assert len(gallery) == 0
    assert gallery.nearest(np.ones(64, np.float32), metric) is None

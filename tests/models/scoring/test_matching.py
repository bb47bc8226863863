"""Distances between embeddings."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.scoring.matching import centre, distances
from models.types import Array, Metric

METRICS = get_args(Metric)
SANE = st.floats(-100, 100, width=32)
ANY = st.floats(width=32)
VECTOR = hnp.arrays(np.float32, 8, elements=SANE)
ROWS = hnp.arrays(np.float32, (4, 8), elements=SANE)


def rows(*values: tuple[float, ...]) -> Array:
    return np.array(values, dtype=np.float32)


def test_distances_known_by_heart() -> None:
    probe = rows((1, 0))[0]
    templates = rows((1, 0), (0, 1), (-1, 0), (3, 4))
    euclidean = distances(probe, templates, "euclidean")
    assert np.allclose(euclidean, [0, np.sqrt(2), 2, np.sqrt(20)])
    assert np.allclose(distances(probe, templates, "cosine"), [0, 1, 2, 1 - 3 / 5])
    assert distances(probe, templates, "cosine").dtype == np.float32


def test_one_template_may_come_without_its_row() -> None:
    assert distances(rows((1, 0))[0], rows((0, 1))[0], "cosine").shape == (1,)


def test_cosine_ignores_length_and_a_zero_vector_is_like_nobody() -> None:
    probe = rows((0.6, 0.8))[0]
    assert np.allclose(distances(probe * 50, rows((0.3, 0.4)), "cosine"), 0, atol=1e-6)
    assert distances(probe * 0, rows((1, 0)), "cosine") == pytest.approx(1.0)
    assert distances(probe, rows((0, 0)), "cosine") == pytest.approx(1.0)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_what_is_not_finite_matches_nobody(metric: Metric, bad: float) -> None:
    good, broken = rows((1, 0, 0)), rows((1, bad, 0))
    assert distances(broken[0], good, metric)[0] == np.inf
    assert distances(good[0], broken, metric)[0] == np.inf
    assert distances(broken[0], broken, metric)[0] == np.inf
    both = distances(good[0], np.vstack([broken, good]), metric)
    assert both[0] == np.inf
    assert both[1] == 0


@given(VECTOR, ROWS)
@pytest.mark.parametrize("metric", METRICS)
def test_a_distance_is_never_negative_and_the_same_both_ways(
    metric: Metric, probe: Array, templates: Array
) -> None:
    found = distances(probe, templates, metric)
    assert found.shape == (4,)
    assert (found >= -1e-5).all()
    back = [distances(row, probe[None], metric)[0] for row in templates]
    assert np.allclose(found, back, atol=1e-4)


@given(hnp.arrays(np.float32, 8, elements=ANY), hnp.arrays(np.float32, (3, 8), elements=ANY))
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_garbage_is_ever_not_a_number(metric: Metric, probe: Array, templates: Array) -> None:
    assert not np.isnan(distances(probe, templates, metric)).any()


def test_the_centre_of_an_appearance() -> None:
    pictures = rows((2, 0), (0, 4))
    assert np.allclose(centre(pictures, "euclidean"), (1, 2))
    assert np.allclose(centre(pictures, "cosine"), (0.5, 0.5))
    assert np.allclose(centre(rows((0, 0), (1, 0)), "cosine"), (0.5, 0))
    assert centre(pictures, "cosine").dtype == np.float32


@given(VECTOR)
@pytest.mark.parametrize("metric", METRICS)
def test_the_centre_of_one_picture_is_at_distance_0_from_it(metric: Metric, picture: Array) -> None:
    if np.linalg.norm(picture) < 1e-3:
        return
    found = distances(picture, centre(picture[None], metric)[None], metric)
    assert found == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("size", [1e-30, 1e-42, 1e30])
def test_numbers_whose_squares_vanish_or_overflow_match_nobody_by_accident(size: float) -> None:
    template = np.full((1, 8), size, dtype=np.float32)
    probe = np.array([1, -1, 1, -1, 1, -1, 1, -1], dtype=np.float32)
    assert distances(probe, template, "cosine")[0] == pytest.approx(1.0, abs=1e-6)
    assert distances(-np.ones(8, np.float32), template, "cosine")[0] == pytest.approx(2.0, abs=1e-6)

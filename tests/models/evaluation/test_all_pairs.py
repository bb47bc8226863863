"""All pairs: the same as comparing one by one, whatever the blocks and however little is kept."""

from typing import get_args

import numpy as np
import pytest

from models.errors import UsageError
from models.evaluation import all_pairs as protocol
from models.evaluation.all_pairs import all_pairs
from models.evaluation.metrics import Comparisons, Ranked, at_far, equal_error_rate
from models.evaluation.trials import Trials
from models.scoring.matching import distances
from models.types import Array, Metric
from tests.models.evaluation.crowd import crowd

METRICS = get_args(Metric)


def one_by_one(embeddings: Array, person: "np.typing.NDArray[np.int32]", metric: Metric) -> Ranked:
    first, second = np.triu_indices(len(person), k=1)
    rows = [distances(row, embeddings, metric) for row in embeddings]
    values = np.stack(rows)[first, second]
    same = person[first] == person[second]
    return Ranked(Comparisons(values, same, person[first], person[second]))


def kept(trials: Trials) -> "np.typing.NDArray[np.float32]":
    return trials.nearest.distances


@pytest.mark.parametrize("metric", METRICS)
def test_agrees_with_comparing_one_by_one(metric: Metric) -> None:
    embeddings, person = crowd()
    ranked = one_by_one(embeddings, person, metric)
    trials = all_pairs(embeddings, person, metric)
    same = ranked.comparisons.same
    assert trials.genuine.distances == pytest.approx(ranked.comparisons.distances[same], abs=1e-4)
    assert kept(trials) == pytest.approx(ranked.comparisons.distances[~same], abs=1e-4)
    for far in (0.1, 0.01, 0.001):
        assert at_far(trials.curve(), far).frr == pytest.approx(at_far(ranked.curve(), far).frr)
    assert equal_error_rate(trials.curve()) == pytest.approx(
        equal_error_rate(ranked.curve()), abs=1e-3
    )


def test_each_pair_once_and_with_its_people() -> None:
    embeddings, person = crowd(people=5, pictures=3)
    trials = all_pairs(embeddings, person, "cosine")
    for pairs, same in ((trials.genuine, True), (trials.nearest, False)):
        first, second = trials.owners(pairs)
        assert ((first == second) == same).all()
    rows = [*zip(trials.genuine.first, trials.genuine.second, strict=True)]
    rows += [*zip(trials.nearest.first, trials.nearest.second, strict=True)]
    assert len(set(rows)) == len(rows) == 15 * 14 // 2
    assert all(a < b for a, b in rows)


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings, person = crowd()
    whole = all_pairs(embeddings, person, "euclidean")
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(protocol, "_BLOCK", 1000)
    parts = all_pairs(
        embeddings, person, "euclidean", progress=lambda done, total: seen.append((done, total))
    )
    assert kept(parts) == pytest.approx(kept(whole), abs=1e-5)
    assert np.array_equal(parts.histogram, whole.histogram) or (
        np.abs(parts.histogram - whole.histogram).sum() <= 4  # a distance on the edge of a bin
    )
    assert seen[-1] == (160, 160)
    assert len(seen) == np.ceil(160 / 6)


@pytest.mark.parametrize("metric", METRICS)
def test_what_is_not_kept_is_still_counted(metric: Metric, monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings, person = crowd()
    whole = all_pairs(embeddings, person, metric)
    monkeypatch.setattr(protocol, "_BLOCK", 1000)
    little = all_pairs(embeddings, person, metric, capacity=500)
    assert 400 <= len(little.nearest) <= 500
    assert little.impostors == whole.impostors == 160 * 159 // 2 - 40 * 6
    assert kept(little) == pytest.approx(kept(whole)[: len(little.nearest)], abs=1e-5)
    for far in (0.02, 0.005, 0.001):
        assert at_far(little.curve(), far).frr == pytest.approx(at_far(whole.curve(), far).frr)
    # Beyond what was kept the curve goes on, as fine as the histogram.
    for far in (0.1, 0.5):
        coarse, fine = at_far(little.curve(), far), at_far(whole.curve(), far)
        assert coarse.far == pytest.approx(fine.far, abs=0.01)
        assert coarse.threshold == pytest.approx(fine.threshold, rel=0.01)
    rising = little.curve()
    assert (np.diff(rising.thresholds) > 0).all()
    assert (np.diff(rising.far) >= 0).all()
    assert (np.diff(rising.frr) <= 0).all()


def test_equal_distances_at_the_limit_are_all_or_none() -> None:
    embeddings = np.eye(30, dtype=np.float32)
    person = (np.arange(30) // 2).astype(np.int32)
    trials = all_pairs(embeddings, person, "cosine", capacity=10)
    assert trials.impostors == 30 * 29 // 2 - 15
    # All are equally far: none can be kept without leaving equals out.
    assert len(trials.nearest) in (0, trials.impostors)
    curve = trials.curve()
    assert curve.far[-1] == 1.0
    assert curve.frr[-1] == 0.0


@pytest.mark.parametrize("people", [[0, 0, 0], [0, 1, 2], [], [4]])
def test_too_few_people_or_pictures(people: list[int]) -> None:
    person = np.array(people, dtype=np.int32)
    with pytest.raises(UsageError, match="at least two people"):
        all_pairs(np.ones((len(people), 8), dtype=np.float32), person, "cosine")

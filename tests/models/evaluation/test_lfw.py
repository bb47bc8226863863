"""The LFW protocol on made-up embeddings whose answer is known."""

import numpy as np
import pytest

from models.errors import UsageError
from models.evaluation import lfw
from models.evaluation.pairs import PairList, PictureName, parse_pairs
from models.scoring.matching import distances
from models.types import Array, Metric


def made_up(people: int = 24) -> PairList:
    lines = [f"{4} {people // 4}"]
    for fold in range(4):
        members = range(fold * people // 4, (fold + 1) * people // 4)
        lines += [f"P{i} 1 2" for i in members]
        lines += [f"P{i} 1 P{(i + 1) % people} 2" for i in members]
    return parse_pairs("\n".join(lines), "made up")


def embedded(pairs: PairList, noise: float) -> tuple[dict[PictureName, int], Array]:
    """Every person far from all others; pictures of one person apart by `noise`."""
    rng = np.random.default_rng(0)
    rows = {name: i for i, name in enumerate(pairs.pictures())}
    people = sorted({name.person for name in rows})
    centres = np.eye(len(people), dtype=np.float32)
    vectors = np.stack([centres[people.index(name.person)] for name in rows])
    return rows, (vectors + rng.normal(0, noise, vectors.shape)).astype(np.float32)


def test_people_who_are_far_apart_are_told_apart() -> None:
    pairs = made_up()
    rows, vectors = embedded(pairs, 0.01)
    comparisons, folds = lfw.compare(pairs, rows, vectors, "euclidean")
    result = lfw.evaluate(comparisons, folds, own_threshold=0.7, rounds=50)
    assert len(comparisons) == 48
    assert result.accuracy == 1.0
    assert result.accuracy_std == 0.0
    assert result.eer == 0.0
    assert 0.2 < result.threshold < 1.3
    assert [rate.point.frr for rate in result.rates] == [0.0, 0.0]
    assert result.at_own_threshold.far == 0.0
    # 24 impostors cannot tell a rate of 1 in 100.
    assert [rate.resolved for rate in result.rates] == [False, False]
    assert result.rates[0].exact.low == 0.0
    assert result.rates[0].exact.high == pytest.approx(1 - 0.025 ** (1 / 24))


def test_noise_alone_tells_nobody_apart() -> None:
    pairs = made_up(400)
    rows, vectors = embedded(pairs, 0.0)
    rng = np.random.default_rng(1)
    vectors = rng.normal(0, 1, vectors.shape).astype(np.float32)
    comparisons, folds = lfw.compare(pairs, rows, vectors, "cosine")
    result = lfw.evaluate(comparisons, folds, own_threshold=0.5, rounds=50)
    assert result.accuracy == pytest.approx(0.5, abs=0.06)
    assert result.eer == pytest.approx(0.5, abs=0.06)
    assert result.eer_people.low <= result.eer <= result.eer_people.high
    assert result.rates[0].resolved
    assert result.rates[0].errors / result.rates[0].trials == pytest.approx(
        result.rates[0].point.frr
    )


def test_mean_and_deviation_over_folds() -> None:
    pairs = made_up()
    rows, vectors = embedded(pairs, 0.4)
    comparisons, folds = lfw.compare(pairs, rows, vectors, "euclidean")
    result = lfw.evaluate(comparisons, folds, own_threshold=1.0, rounds=20)
    shares = [fold.accuracy for fold in result.folds]
    assert 0.5 < result.accuracy < 1.0
    assert result.accuracy == pytest.approx(sum(shares) / 4)
    variance = sum((share - result.accuracy) ** 2 for share in shares) / 3
    assert result.accuracy_std == pytest.approx(variance**0.5)
    assert result.accuracy_error == pytest.approx(variance**0.5 / 2)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_distances_are_those_that_the_product_decides_by(metric: Metric) -> None:
    rng = np.random.default_rng(2)
    first = rng.normal(0, 1, (20, 8)).astype(np.float32)
    second = rng.normal(0, 1, (20, 8)).astype(np.float32)
    second[3] = 0.0
    first[4, 0] = np.nan
    ours = lfw.pair_distances(first, second, metric)
    for a, b, distance in zip(first, second, ours, strict=True):
        assert distance == pytest.approx(distances(a, b[None], metric)[0])
    assert ours[4] == np.inf


def test_comparisons_name_the_people() -> None:
    pairs = made_up()
    rows, vectors = embedded(pairs, 0.1)
    comparisons, folds = lfw.compare(pairs, rows, vectors, "euclidean")
    assert ((comparisons.first == comparisons.second) == comparisons.same).all()
    assert np.concatenate(folds).tolist() == list(range(48))


def test_pairs_of_missing_pictures_are_taken_out() -> None:
    pairs = made_up()
    rest = lfw.without(pairs, {PictureName("P0", 1)})
    assert len(rest.pairs) == len(pairs.pairs) - 2
    with pytest.raises(UsageError, match="no pair of a fold is left"):
        lfw.without(pairs, set(pairs.pictures()))

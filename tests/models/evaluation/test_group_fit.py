"""Thresholds that hold for a group whose people are nearer to each other than others are."""

import numpy as np
import pytest

from models.errors import UsageError
from models.evaluation import group_rates
from models.evaluation.group_axes import axes_of
from models.evaluation.group_fit import SIZES, Impostors, gather, rare_groups, thresholds
from models.evaluation.group_hindsight import hindsight_json
from models.evaluation.group_projection import projection_of
from models.evaluation.group_rates import EVERYBODY, GroupRate, most_kept
from models.evaluation.kinds import Weights, kinds_of
from models.evaluation.tails import quantiles
from models.evaluation.turns import Faces
from models.types import Array
from tests.models.calibrated import calibration

PEOPLE, ALIKE = 640, 48


def crowded() -> tuple[Faces, list[dict[int, str]]]:
    """The last people have a direction in common, which makes them alike."""
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(PEOPLE, dtype=np.int32), 4)
    points = rng.normal(size=(PEOPLE, 32))
    points[-ALIKE:, 0] += 6.0
    rows = points[person] + 0.5 * rng.normal(size=(person.size, 32))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    labels = {number: "alike" if number >= PEOPLE - ALIKE else "others" for number in range(PEOPLE)}
    return Faces(rows.astype(np.float32), person), [labels]


@pytest.fixture(scope="module")
def everything() -> tuple[Faces, list[dict[int, str]]]:
    return crowded()


def test_only_groups_of_few_people_make_kinds_of_their_own(
    everything: tuple[Faces, list[dict[int, str]]],
) -> None:
    faces, labels = everything
    rare = rare_groups(faces.people, labels)
    assert set(rare.values()) == {"alike"}
    assert len(rare) == ALIKE


def test_the_threshold_is_that_of_the_worst_group(
    everything: tuple[Faces, list[dict[int, str]]],
) -> None:
    faces, labels = everything
    rates = np.array([1e-4, 1e-3, 1e-2])
    plain = gather(faces, "cosine", labels, Weights(0.0, 0.0, 4))
    found = thresholds(plain, rates)
    assert (np.diff(found) >= 0).all()
    for size in SIZES:
        alike = plain.by_group[size, "alike"]
        average = quantiles(plain.by_group[size, EVERYBODY], rates)
        assert np.mean(alike <= average[2]) > 5e-2
        assert (np.array([np.mean(alike <= one) for one in found]) <= 2.0 * rates).all()


def test_likeness_to_kinds_makes_groups_more_equal(
    everything: tuple[Faces, list[dict[int, str]]],
) -> None:
    faces, labels = everything
    rates = np.array([1e-3])
    missed = []
    for weights in (Weights(0.0, 0.0, 2), Weights(0.5, 0.5, 2)):
        made = gather(faces, "cosine", labels, weights)
        missed.append(float(np.mean(made.genuine > thresholds(made, rates)[0])))
    assert missed[1] < missed[0]


def test_what_a_group_comes_nearer_by_is_asked_of_its_kinds_alone(
    everything: tuple[Faces, list[dict[int, str]]],
) -> None:
    faces, labels = everything
    rates = np.array([1e-3])
    missed = []
    for weights in (Weights(0.0, 0.0, 2), Weights(0.0, 0.0, 2, 1.0)):
        made = gather(faces, "cosine", labels, weights)
        found = thresholds(made, rates)[0]
        assert np.mean(made.by_group[1, "alike"] <= found) <= 2e-3
        missed.append(float(np.mean(made.genuine > found)))
    assert missed[1] < missed[0]
    kinds = kinds_of(faces, "cosine", Weights(0.0, 0.0, 2, 1.0), labels)
    alike = faces.people >= PEOPLE - ALIKE
    added = kinds.of_faces(faces.embeddings)
    assert added[alike].mean() > 10 * added[~alike].mean() + 0.01


def test_what_two_of_a_group_have_in_common_costs_nobody_else(
    everything: tuple[Faces, list[dict[int, str]]],
) -> None:
    faces, labels = everything
    rates = np.array([1e-3])
    found = []
    for weights in (Weights(0.0, 0.0, 2), Weights(0.0, 0.0, 2, 0.0, 0.5)):
        made = gather(faces, "cosine", labels, weights)
        limit = thresholds(made, rates)[0]
        assert np.mean(made.by_group[1, "alike"] <= limit) <= 2e-3
        found.append(float(np.mean(made.genuine > limit)))
    assert found[1] < found[0]
    axes, names = axes_of(faces, 0.5, labels, made.costs)
    assert axes is not None
    assert names == ("alike",)
    assert axes.all[0].people == ALIKE
    assert axes.all[0].cost == made.costs["alike"] > 0.0
    alike = faces.embeddings[faces.people >= PEOPLE - ALIKE]
    others = faces.embeddings[faces.people < PEOPLE - ALIKE]
    within = axes.between(alike, alike).mean()
    assert within > 4 * axes.between(alike, others).mean()
    assert within > 10 * axes.between(others[:400], others).mean() + 0.01


def test_an_axis_needs_eight_people_a_cost_and_to_be_wanted(
    everything: tuple[Faces, list[dict[int, str]]],
) -> None:
    faces, labels = everything
    assert axes_of(faces, 0.0, labels) == (None, ())
    assert axes_of(faces, 0.5, [dict.fromkeys(range(7), "few")]) == (None, ())
    assert axes_of(faces, 0.5, labels, {"alike": 0.0}) == (None, ())


def _impostors(few: Array, group: Array, usual: tuple[float, float]) -> Impostors:
    rng = np.random.default_rng(4)
    many = {size: np.sort(rng.normal(1.0, 0.05, 50_000)).astype(np.float32) for size in SIZES}
    steps = {
        size: np.sort(rng.normal(middle, 0.05, 50_000)).astype(np.float32)
        for size, middle in zip(SIZES, usual, strict=True)
    }
    by_group = {(size, EVERYBODY): many[size] for size in SIZES}
    by_group |= {(1, "small"): np.sort(group), (3, "small"): np.sort(group[:400])}
    by_group |= {(size, "few"): np.sort(few) for size in SIZES}
    return Impostors(by_group, few, steps)


def test_what_more_pictures_change_is_seen_where_nothing_else_differs() -> None:
    rng = np.random.default_rng(5)
    few = rng.normal(1.0, 0.01, 800).astype(np.float32)
    group = rng.normal(0.9, 0.05, 9000).astype(np.float32)
    rates = np.array([1e-4])
    same = thresholds(_impostors(few, group, (1.0, 1.0)), rates)[0]
    lower = thresholds(_impostors(few, group, (1.0, 0.95)), rates)[0]
    assert same == pytest.approx(0.9 - 3.99 * 0.05, abs=0.02)
    assert same - lower == pytest.approx(0.05, abs=0.01)


def test_few_comparisons_answer_for_no_more_than_they_can_show() -> None:
    rng = np.random.default_rng(6)
    few = rng.normal(0.7, 0.05, 900).astype(np.float32)
    group = rng.normal(1.0, 0.05, 9000).astype(np.float32)
    standard, convenient = thresholds(_impostors(few, group, (1.0, 1.0)), np.array([1e-4, 1e-3]))
    assert standard < few.min()
    assert standard == pytest.approx(0.7 - 3.37 * 0.05, abs=0.02)
    assert convenient == pytest.approx(standard, abs=0.01)


def test_beyond_what_was_seen_a_tail_is_that_of_a_normal_distribution() -> None:
    values = np.sort(np.random.default_rng(0).normal(1.0, 0.1, 20_000)).astype(np.float32)
    found = quantiles(values, np.array([1e-5, 1e-4, 1e-1]))
    assert found == pytest.approx([1 - 0.4265, 1 - 0.3719, 1 - 0.1282], abs=0.02)


@pytest.mark.parametrize(
    ("accepted", "impostors", "kept"), [(0, 100, True), (3, 10_000, True), (4, 10_000, False)]
)
def test_a_promise_is_kept_up_to_chance(accepted: int, impostors: int, kept: bool) -> None:
    rate = GroupRate("g", 10, 1, 20, accepted, impostors)
    assert rate.keeps(1e-4) is kept
    assert rate.frr == 0.05
    assert GroupRate("g", 0, 0, 0, 0, 0).keeps(1e-4)


@pytest.mark.parametrize(
    ("promise", "impostors"), [(1e-4, 1406), (1e-4, 56_693), (1e-5, 402_523), (1e-3, 870)]
)
def test_most_kept_is_what_a_promise_allows_and_no_more(promise: float, impostors: int) -> None:
    most = most_kept(promise, impostors)
    assert GroupRate("g", 10, 0, 0, most, impostors).keeps(promise)
    assert not GroupRate("g", 10, 0, 0, most + 1, impostors).keeps(promise)


def test_impostors_are_of_the_same_group(everything: tuple[Faces, list[dict[int, str]]]) -> None:
    faces, labels = everything
    names = [str(number) for number in range(PEOPLE)]
    named = {str(number): group for number, group in labels[0].items()}
    made = group_rates.decisions(faces, calibration(), enrolled=3)
    found = group_rates.levels_json(made, calibration(), names, [named])
    assert list(found) == ["convenient", "standard", "strict"]
    groups = found["convenient"]["groups"]
    assert set(groups) == {EVERYBODY, "alike", "others"}
    assert groups["alike"]["people"] == ALIKE
    assert groups["alike"]["genuine"] == ALIKE
    assert groups["alike"]["impostors"] == ALIKE * (ALIKE - 1) * 4
    assert groups["alike"]["far"] > 10 * groups["others"]["far"]
    assert found["convenient"]["promise"] == 1e-3
    with pytest.raises(UsageError, match="name none"):
        group_rates.by_group(made, 0.5, names, {"nobody": "g"})
    with pytest.raises(UsageError, match="more than 9"):
        group_rates.decisions(faces, calibration(), enrolled=9)


def test_what_a_network_says_of_a_group_is_taken_out(
    everything: tuple[Faces, list[dict[int, str]]],
) -> None:
    faces, labels = everything
    rates = np.array([1e-3])
    missed = []
    for projected in (False, True):
        made = gather(faces, "cosine", labels, Weights(0.0, 0.0, 4, projected=projected))
        limit = thresholds(made, rates)[0]
        assert np.mean(made.by_group[1, "alike"] <= limit) <= 2e-3
        missed.append(float(np.mean(made.genuine > limit)))
    assert missed[1] < missed[0] / 2
    projection = projection_of(faces, labels)
    assert projection is not None
    assert projection.directions.shape == (1, 32)
    assert abs(projection.directions[0, 0]) > 0.95
    assert projection.people == PEOPLE


def test_a_group_of_few_is_filled_up_with_the_most_like_of_other_rare_ones(
    everything: tuple[Faces, list[dict[int, str]]],
) -> None:
    faces, (labels,) = everything
    few = dict.fromkeys(range(PEOPLE - 3, PEOPLE), "few")
    rest = {number: group for number, group in labels.items() if number not in few}
    made, alone = projection_of(faces, [rest, few]), projection_of(faces, [few])
    assert made is not None
    assert len(made.directions) == 2
    # Nobody else is of a rare group: three people would tell of themselves.
    assert alone is None
    assert projection_of(faces, [dict.fromkeys(range(PEOPLE), "everybody")]) is None


def test_hindsight_heeds_every_group_or_none(
    everything: tuple[Faces, list[dict[int, str]]],
) -> None:
    faces, labels = everything
    names = [str(number) for number in range(PEOPLE)]
    named = {str(number): group for number, group in labels[0].items()}
    found = hindsight_json(faces, calibration(), names, [named], enrolled=3)
    assert list(found) == ["convenient", "standard", "strict"]
    standard = found["standard"]
    assert standard["worst"] == "alike"
    assert set(standard["frr"]) == set(standard["frr_unheeded"]) == {EVERYBODY, "alike", "others"}
    assert standard["frr"]["others"] > standard["frr_unheeded"]["others"]
    made = group_rates.decisions(faces, calibration(), enrolled=3)
    limits = sorted(made.distances[made.owners[:, None] != made.shown[None]])
    most = most_kept(1e-4, len(limits))
    frr = group_rates.everybody(made, float(limits[most - 1])).frr
    assert standard["frr_unheeded"][EVERYBODY] == pytest.approx(frr, abs=1e-3)

"""Who bears the errors: counted by hand on made-up people; files of groups read carefully."""

from pathlib import Path

import numpy as np
import pytest

from models.errors import UsageError
from models.evaluation.all_pairs import all_pairs
from models.evaluation.enrolment import enrol
from models.evaluation.fairness import UNLABELLED, by_group, read_groups, spread
from models.evaluation.metrics import at_far
from models.evaluation.trials import Gatherer, Trials
from tests.models.evaluation.crowd import crowd


def by_hand(trials: Trials, threshold: float, person: int) -> tuple[float, float]:
    """FRR and FAR of one person, counted one by one."""
    first, second = trials.owners(trials.genuine)
    own = trials.genuine.distances[first == person]
    first, second = trials.owners(trials.nearest)
    taken = (first == person) | (second == person) if trials.symmetric else first == person
    others = trials.nearest.distances[taken]
    return float((own > threshold).mean()), float((others <= threshold).mean())


@pytest.mark.parametrize("protocol", ["all-pairs", "enrolment"])
def test_means_and_worst_are_those_counted_by_hand(protocol: str) -> None:
    embeddings, person = crowd(people=20, pictures=4, spread=1.3)
    if protocol == "all-pairs":
        trials = all_pairs(embeddings, person, "cosine")
    else:
        trials = enrol(embeddings, person, "cosine", enrolled=2).trials
    threshold = at_far(trials.curve(), 0.05).threshold
    counted = np.array([by_hand(trials, threshold, number) for number in range(20)])
    for column, found in enumerate(spread(trials, threshold)):
        rates = counted[:, column]
        assert found.people == 20
        assert found.mean == pytest.approx(rates.mean())
        assert found.worst == pytest.approx(rates.max())
        assert found.worst_tenth == pytest.approx(np.sort(rates)[-2:].mean())
        assert found.untouched == pytest.approx((rates == 0).mean())


def independent(*, unlucky: int) -> Trials:
    """A hundred people with twenty comparisons each, accepted or not by chance alone.

    Of `unlucky` people half of the comparisons are farther than all others.
    """
    rng = np.random.default_rng(1)
    gatherer = Gatherer(reach=2.0)
    rows = np.repeat(np.arange(100, dtype=np.int32), 20)
    far = rng.uniform(0.0, 1.0, rows.size) + (rows < unlucky) * rng.integers(0, 2, rows.size)
    everyone = np.ones(rows.size, dtype=bool)
    gatherer.add(far.astype(np.float32), rows, rows, everyone)
    strangers = ((rows + 1 + rng.integers(0, 99, rows.size)) % 100).astype(np.int32)
    near = rng.uniform(0.0, 2.0, rows.size).astype(np.float32)
    gatherer.add(near, rows, strangers, ~everyone)
    person = np.arange(100, dtype=np.int32)
    return gatherer.trials(person, person, people=100, symmetric=False)


def test_chance_explains_the_spread_of_people_who_are_alike_and_of_no_others() -> None:
    frr, _ = spread(independent(unlucky=0), 0.9)
    assert frr.worst_tenth == pytest.approx(frr.by_chance, abs=0.03)
    frr, _ = spread(independent(unlucky=10), 0.9)
    assert frr.worst_tenth > frr.by_chance + 0.15


def test_groups_add_up() -> None:
    embeddings, person = crowd(people=20, pictures=3, spread=1.3)
    trials = all_pairs(embeddings, person, "cosine")
    names = [f"P{number}" for number in range(20)]
    groups = {f"P{number}": "ab"[number % 2] for number in range(12)} | {"nobody": "c"}
    threshold = at_far(trials.curve(), 0.05).threshold
    made = {one.group: one for one in by_group(trials, threshold, names, groups)}
    assert set(made) == {"a", "b", UNLABELLED}
    assert [made[name].people for name in ("a", "b", UNLABELLED)] == [6, 6, 8]
    assert sum(one.genuine for one in made.values()) == len(trials.genuine)
    assert made["a"].impostors == 18 * 17 // 2 - 6 * 3
    assert made[UNLABELLED].impostors == 24 * 23 // 2 - 8 * 3
    first, second = trials.owners(trials.nearest.up_to(threshold))
    inside = (first < 12) & (second < 12) & (first % 2 == 0) & (second % 2 == 0)
    assert made["a"].false_accepts == inside.sum() > 0
    assert made["a"].far is not None
    assert made["a"].far.low < inside.sum() / made["a"].impostors < made["a"].far.high


def test_groups_of_strangers_are_refused() -> None:
    embeddings, person = crowd(people=4, pictures=2)
    trials = all_pairs(embeddings, person, "cosine")
    with pytest.raises(UsageError, match="none of the people"):
        by_group(trials, 0.5, ["a", "b", "c", "d"], {"x": "1"})


def test_a_file_of_groups(tmp_path: Path) -> None:
    file = tmp_path / "groups.csv"
    file.write_text('person,group\nAnna, f \n\n"Smith, Jo",m\nAnna,f\n', encoding="utf-8")
    assert read_groups(file) == {"Anna": "f", "Smith, Jo": "m"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "labels nobody"),
        (b"person,group\n", "labels nobody"),
        (b"Anna\n", "line 1: not 'person,group'"),
        (b"Anna,f\nBob,m,x\n", "line 2: not"),
        (b"Anna,f\nAnna,m\n", "line 2: 'Anna' is in two groups"),
        (b"Anna,\n", "line 1: not"),
        (b"Anna,f\0\n", "no list of groups"),
        (b"\xff\xfe\xfa,f\n", "not a text file"),
        ("".join(f"P{n},g{n}\n" for n in range(60)).encode(), "more than 50 groups"),
    ],
)
def test_wrong_files_of_groups(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "groups.csv"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        read_groups(file)


def test_no_file_of_groups(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(UsageError, match=r"cannot read|is no"):
            read_groups(path)

"""Whether errors fall on few: the spread of error rates over people, and over labelled groups."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from models import files
from models.errors import UsageError
from models.evaluation.intervals import Interval, clopper_pearson
from models.evaluation.metrics import Counts, Flags, Numbers
from models.evaluation.trials import Trials

WORST_SHARE = 0.1
UNLABELLED = "(no label)"

_ROUNDS = 200
_MOST_BYTES = 16 * 1024 * 1024
_MOST_GROUPS = 50
_LONGEST = 200
_HEADER = ("person", "group")


@dataclass(frozen=True, slots=True)
class Spread:
    """One error rate over people, at one threshold."""

    kind: Literal["FRR", "FAR"]
    people: int
    """With at least one comparison."""
    mean: float
    """Mean of the people's own rates: each counts the same."""
    worst_tenth: float
    """Mean over the tenth of people with the highest rates."""
    by_chance: float
    """What `worst_tenth` would be if all were alike: people with few comparisons differ anyway."""
    worst: float
    untouched: float
    """Share of people without a single error."""


@dataclass(frozen=True, slots=True)
class GroupRates:
    """Error rates of one group at the threshold of all."""

    group: str
    people: int
    errors: int
    genuine: int
    false_accepts: int
    """Among impostors of the same group, which is where they are most alike."""
    impostors: int
    frr: Interval | None
    """None without comparisons."""
    far: Interval | None


def spread(trials: Trials, threshold: float, *, seed: int = 0) -> tuple[Spread, Spread]:
    """FRR and FAR over people. FAR is that of a person's templates or pictures: who is taken for
    them. The chance is simulated: everybody draws errors at the common rate, each comparison by
    itself. As the comparisons of a person share pictures, even people who are alike spread more.
    """
    rejected, genuine = _genuine(trials, threshold)
    accepted, impostors = _impostors(trials, threshold)
    rng = np.random.default_rng(seed)
    return (
        _spread("FRR", rejected, genuine, rng),
        _spread("FAR", accepted, impostors, rng),
    )


def _genuine(trials: Trials, threshold: float) -> tuple[Counts, Counts]:
    """Genuine comparisons of each person rejected, and in all, (people,)."""
    everyone: Counts = np.bincount(
        trials.owners(trials.genuine)[0], minlength=trials.people
    ).astype(np.float64)
    accepted = trials.owners(trials.genuine.up_to(threshold))[0]
    return (everyone - np.bincount(accepted, minlength=trials.people)).astype(np.float64), everyone


def _impostors(trials: Trials, threshold: float) -> tuple[Counts, Counts]:
    """Impostor comparisons accepted as each person, and in all, (people,)."""
    first, second = trials.owners(trials.nearest.up_to(threshold))
    accepted = np.bincount(first, minlength=trials.people).astype(float)
    rows, others = trials.sides()
    if trials.symmetric:
        accepted += np.bincount(second, minlength=trials.people)
    return accepted, rows * (others.sum() - others)


def _spread(
    kind: Literal["FRR", "FAR"], errors: Counts, trials: Counts, rng: np.random.Generator
) -> Spread:
    there = trials > 0
    errors, trials = errors[there], trials[there]
    rates = errors / trials
    common = float(errors.sum() / trials.sum())
    drawn = rng.binomial(trials.astype(np.int64), common, (_ROUNDS, trials.size)) / trials
    return Spread(
        kind=kind,
        people=int(trials.size),
        mean=float(rates.mean()),
        worst_tenth=_worst_tenth(rates),
        by_chance=float(np.mean([_worst_tenth(row) for row in drawn])),
        worst=float(rates.max()),
        untouched=float((errors == 0).mean()),
    )


def _worst_tenth(rates: Counts) -> float:
    count = max(round(WORST_SHARE * rates.size), 1)
    return float(np.sort(rates)[-count:].mean())


def read_groups(path: Path) -> dict[str, str]:
    """Group of each person, from lines `person,group` (a header is allowed). Raises UsageError."""
    found: dict[str, str] = {}
    for number, row in enumerate(csv.reader(_text(path).splitlines()), 1):
        fields = tuple(field.strip() for field in row)
        if not any(fields) or (number == 1 and tuple(f.lower() for f in fields) == _HEADER):
            continue
        if len(fields) != 2 or not all(1 <= len(f) <= _LONGEST and f.isprintable() for f in fields):
            raise UsageError(f"{path}, line {number}: not 'person,group'")
        if found.setdefault(fields[0], fields[1]) != fields[1]:
            raise UsageError(f"{path}, line {number}: {fields[0]!a} is in two groups")
    if not found:
        raise UsageError(f"{path} labels nobody", "write a line 'person,group' for each person")
    if len(set(found.values())) > _MOST_GROUPS:
        raise UsageError(f"{path} has more than {_MOST_GROUPS} groups")
    return found


def _text(path: Path) -> str:
    try:
        content = files.read_bounded(path, most=_MOST_BYTES)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {files.reason(error)}") from error
    if len(content) > _MOST_BYTES or b"\0" in content:
        raise UsageError(f"{path} is no list of groups")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not a text file in UTF-8") from None


def by_group(
    trials: Trials, threshold: float, names: Sequence[str], groups: Mapping[str, str]
) -> tuple[GroupRates, ...]:
    """Error rates of every group at one threshold; `names` are the people by number.

    People without a label form a group of their own; labels of people who are not there count
    for nothing. Raises UsageError where no person is labelled.
    """
    if not set(names) & set(groups):
        raise UsageError("the groups name none of the people in the pictures")
    labels = np.array([groups.get(name, UNLABELLED) for name in names][: trials.people])
    rejected, genuine = _genuine(trials, threshold)
    first, second = trials.owners(trials.nearest.up_to(threshold))
    rows, others = trials.sides()
    made = []
    for group in np.unique(labels):
        inside = labels == group
        within = _within(rows, others, inside) * (0.5 if trials.symmetric else 1.0)
        accepted = int((inside[first] & inside[second]).sum())
        made.append(
            GroupRates(
                group=str(group),
                people=int((inside & (rows + others > 0)).sum()),
                errors=int(rejected[inside].sum()),
                genuine=int(genuine[inside].sum()),
                false_accepts=accepted,
                impostors=round(within),
                frr=_interval(rejected[inside].sum(), genuine[inside].sum()),
                far=_interval(accepted, within),
            )
        )
    return tuple(made)


def _within(rows: Counts, others: Counts, inside: Flags) -> float:
    """Comparisons of different people of one group, each pair twice where sides are the same."""
    return float(rows[inside].sum() * others[inside].sum() - (rows * others)[inside].sum())


def _interval(errors: float, trials: float) -> Interval | None:
    return clopper_pearson(round(errors), round(trials)) if trials > 0 else None


def unlabelled(names: Sequence[str], person: Numbers, groups: Mapping[str, str]) -> int:
    """People with pictures whom `groups` does not name."""
    return sum(names[number] not in groups for number in np.unique(person))

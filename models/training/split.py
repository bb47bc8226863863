"""Who is trained on, who decides when to stop, who is never seen: by person, by seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import UsageError

PARTS = ("train", "validation", "test")
_FEWEST = {"train": 2, "validation": 2, "test": 2}


@dataclass(frozen=True, slots=True)
class Split:
    """Names of people; nobody is in two parts. The parts are sorted."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]

    def part_of(self, person: str) -> str:
        """`train`, `validation` or `test`; raises KeyError for a stranger."""
        for part in PARTS:
            if person in getattr(self, part):
                return part
        raise KeyError(person)


def split_people(
    people: Sequence[str], *, seed: int, test: int | None = None, validation: int | None = None
) -> Split:
    """Draws `test` people who are never seen and `validation` who decide when to stop.

    None is a quarter for the test and a tenth for validation, each two at least; 0 is nobody.
    Raises UsageError where too few remain to train on.
    """
    names = sorted(set(people))
    tested = max(round(len(names) / 4), 2) if test is None else test
    stopping = max(round(len(names) / 10), 2) if validation is None else validation
    _check(len(names), tested, stopping)
    drawn = [names[index] for index in np.random.default_rng(seed).permutation(len(names))]
    cut = tested + stopping
    return Split(
        train=tuple(sorted(drawn[cut:])),
        validation=tuple(sorted(drawn[tested:cut])),
        test=tuple(sorted(drawn[:tested])),
    )


def _check(people: int, test: int, validation: int) -> None:
    for count, part in ((test, "test"), (validation, "validation")):
        if count != 0 and count < _FEWEST[part]:
            raise UsageError(
                f"{count} people for {part} cannot be compared", "give 0, or 2 or more"
            )
    left = people - test - validation
    if left < _FEWEST["train"]:
        raise UsageError(
            f"of {people} people, {test} for the test and {validation} for validation leave "
            f"{max(left, 0)} to train on",
            "add people, or give smaller numbers (--test, --validation)",
        )

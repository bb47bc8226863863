"""Trials that mirror use: templates of a few pictures, their owners and everybody else.

Of each person with more pictures than are enrolled some make a template; the person's other
pictures are genuine probes, everybody else's pictures are impostors. The pictures take turns, so
that each is probed and enrolled.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.errors import UsageError
from models.evaluation.metrics import Numbers
from models.scoring.matching import centre, distances
from models.types import Array, Metric

ENROLLED = 3
"""Pictures that make a template."""
MOST_TURNS = 4
FEWEST_PEOPLE = 20
"""With fewer there is nothing to be said of a rate."""


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Embeddings (n, d) and the number of the person in each, (n,)."""

    embeddings: Array
    people: Numbers

    def by_person(self) -> list[npt.NDArray[np.intp]]:
        """Rows of each person, in their order."""
        order = np.argsort(self.people, kind="stable")
        ends = np.flatnonzero(np.diff(self.people[order])) + 1
        return np.split(order, ends)


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One template: `enrolled` rows made it, `probes` show the same person, `strangers` others."""

    enrolled: npt.NDArray[np.intp]
    probes: npt.NDArray[np.intp]
    strangers: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """Of all trials; `turns` is how often each of `people` was enrolled, on average."""

    genuine: Array
    impostors: Array
    people: int
    turns: float


def turns_of(faces: Faces, *, size: int = ENROLLED, most: int = MOST_TURNS) -> Iterator[Turn]:
    """Every template of `size` pictures, `most` of a person, whom more pictures show."""
    for rows in faces.by_person():
        if len(rows) <= size:
            continue
        strangers = faces.people != faces.people[rows[0]]
        for turn in range(min(most, len(rows))):
            turned = np.roll(rows, -turn)
            yield Turn(turned[:size], turned[size:], strangers)


def to_template(faces: Faces, turn: Turn, metric: Metric) -> Array:
    """Distance of every face to the template of `turn`, (n,) float32."""
    template = centre(faces.embeddings[turn.enrolled], metric)
    return distances(template, faces.embeddings, metric)


def halves(faces: Faces, rng: np.random.Generator) -> tuple[Faces, Faces]:
    """The faces of half of the people, drawn at random, and of the others."""
    people = rng.permutation(np.unique(faces.people))
    first = np.isin(faces.people, people[: people.size // 2])
    return (
        Faces(faces.embeddings[first], faces.people[first]),
        Faces(faces.embeddings[~first], faces.people[~first]),
    )


def measure(
    faces: Faces,
    metric: Metric,
    *,
    corrections: Callable[[Numbers], Array] | None = None,
    fewest: int = FEWEST_PEOPLE,
) -> Distances:
    """All trials; raises UsageError where there are too few people with enough pictures.

    `corrections` gives what is added to the distances of all faces to templates of the people it
    is asked for, (t, n) for (t,).
    """
    genuine, impostors, people = [], [], set()
    for turn in turns_of(faces):
        to_each = to_template(faces, turn, metric)
        if corrections is not None:
            to_each = to_each + corrections(faces.people[turn.enrolled[:1]])[0]
        genuine.append(to_each[turn.probes])
        impostors.append(to_each[turn.strangers])
        people.add(int(faces.people[turn.enrolled[0]]))
    if len(people) < fewest:
        raise UsageError(
            f"{len(people)} people have more than {ENROLLED} usable pictures",
            f"a calibration needs at least {fewest}",
        )
    return Distances(
        np.concatenate(genuine), np.concatenate(impostors), len(people), len(genuine) / len(people)
    )

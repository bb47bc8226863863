"""One-shot prediction among all people of a folder: whom each picture is taken for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import UsageError
from models.scoring.matching import distances
from models.training.examples import Rows
from models.training.material import Material
from models.training.sources import SourcePicture
from models.types import Array, Embedder

_DRAWS = 20  # of references for each picture
_FEWEST = 2  # pictures: one is the reference


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """What one embedder predicts; shares in [0, 1]."""

    embedder: str
    threshold: float
    named: Array
    """(k, k): of the pictures of a person (row) those nearest to each person's reference."""
    within: float
    """Of those named rightly, the share within the threshold, as a verdict needs."""
    false: float
    """Of all pictures those nearest to somebody else, and within the threshold."""
    apart: Array
    """(k, k): mean distance of a person's pictures (row) to the reference of each."""

    @property
    def right(self) -> Array:
        """(k,): share of each person's pictures that are named rightly."""
        return np.asarray(np.diag(self.named), dtype=np.float32)

    @property
    def own(self) -> float:
        """Mean distance to another picture of the same person."""
        return float(np.diag(self.apart).mean())

    @property
    def others(self) -> float:
        """Mean distance to pictures of everybody else."""
        return float(self.apart[~np.eye(len(self.apart), dtype=bool)].mean())


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Faces of people of whom there are two pictures at least; `names` (k,) by their numbers."""

    faces: Material
    names: tuple[str, ...]

    @property
    def counts(self) -> Rows:
        """Pictures of each person, (k,)."""
        return np.bincount(self.faces.people, minlength=len(self.names)).astype(np.int32)


def people_of(
    faces: Material, pictures: Sequence[SourcePicture], first: Sequence[str] = ()
) -> People:
    """Names those in `faces`, which were found in `pictures`; those of `first` stand first.

    Raises UsageError where there are fewer than two people with two faces each.
    """
    person = {picture.name: picture.person for picture in pictures}
    shown = [person[face.name] for face in faces.faces]
    names = tuple(sorted(set(shown), key=lambda name: (name not in first, name)))
    if len(names) < _FEWEST or min(map(shown.count, names)) < _FEWEST:
        raise UsageError(
            "one-shot prediction needs two people, and two pictures with a face of each"
        )
    numbers = np.array([names.index(name) for name in shown], dtype=np.int32)
    return People(Material(faces.faces, numbers), names)


def predict(people: People, embedder: Embedder, *, seed: int) -> Predicted:
    """Each picture twenty times, every time beside one reference of each person drawn anew; of
    the person's own pictures any other one.
    """
    embeddings = people.faces.embed(embedder)
    between = np.stack([distances(one, embeddings, embedder.metric) for one in embeddings])
    return of_distances(
        between,
        people.faces.people,
        np.random.default_rng(seed),
        embedder=embedder.name,
        threshold=embedder.threshold,
    )


def of_distances(
    between: Array, people: Rows, rng: np.random.Generator, *, embedder: str, threshold: float
) -> Predicted:
    """As `predict`, of the distances (n, n) between all pictures; `people` (n,) are 0 to k - 1."""
    count = int(people.max()) + 1
    rows = [np.flatnonzero(people == number) for number in range(count)]
    named, apart = np.zeros((count, count)), np.zeros((count, count))
    right = right_within = wrong_within = trials = 0
    for probe, person in enumerate(people):
        for _ in range(_DRAWS):
            references = [
                int(rng.choice(own[own != probe] if number == person else own))
                for number, own in enumerate(rows)
            ]
            found = between[probe, references]
            nearest = int(found.argmin())
            near = bool(found[nearest] <= threshold)
            named[person, nearest] += 1
            apart[person] += found
            trials += 1
            right += nearest == person
            right_within += near and nearest == person
            wrong_within += near and nearest != person
    each = named.sum(axis=1, keepdims=True)
    return Predicted(
        embedder,
        threshold,
        np.asarray(named / each, dtype=np.float32),
        right_within / max(right, 1),
        wrong_within / trials,
        np.asarray(apart / each, dtype=np.float32),
    )

"""Pairs and triplets of pictures, drawn by seed; rows are numbers of pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from models.errors import UsageError
from models.types import Array

Rows: TypeAlias = npt.NDArray[np.int32]
TripletKind = Literal["all", "random", "semi-hard"]

MOST_TRIPLETS = 2_000_000
"""More of them would not be trained on anyway."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """n pairs: `first` and `second` (n,), `same` (n,) True where both show one person."""

    first: Rows
    second: Rows
    same: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Triplets:
    """n triplets (n,) each: another picture of the anchor's person, one of somebody else."""

    anchor: Rows
    positive: Rows
    negative: Rows


def all_pairs(people: Rows) -> Pairs:
    """Every pair of pictures once; `people` (n,) says whom each shows."""
    first, second = np.triu_indices(people.size, k=1)
    same = people[first] == people[second]
    return Pairs(first.astype(np.int32), second.astype(np.int32), same)


def balanced_pairs(people: Rows, rng: np.random.Generator) -> Pairs:
    """Each genuine pair once, and as many impostor pairs drawn without repetition, mixed.

    Raises UsageError where there is no genuine or no impostor pair.
    """
    every = all_pairs(people)
    genuine, impostors = np.flatnonzero(every.same), np.flatnonzero(~every.same)
    if not genuine.size or not impostors.size:
        raise UsageError("pairs need two people, and two pictures of one of them")
    count = min(genuine.size, impostors.size)
    chosen = np.concatenate([rng.permutation(genuine)[:count], rng.permutation(impostors)[:count]])
    rng.shuffle(chosen)
    return Pairs(every.first[chosen], every.second[chosen], every.same[chosen])


def epoch_pairs(people: Rows, rng: np.random.Generator) -> Pairs:
    """For each picture whose person has another one, one genuine and one impostor partner, mixed.

    Raises UsageError as `balanced_pairs` does.
    """
    anchors, positives, negatives = _partners(people, rng)
    first = np.concatenate([anchors, anchors])
    second = np.concatenate([positives, negatives])
    same = np.arange(first.size) < anchors.size
    order = rng.permutation(first.size)
    return Pairs(first[order], second[order], same[order])


def all_triplets(people: Rows) -> Triplets:
    """Every ordered pair of one person's pictures with every picture of everybody else.

    Raises UsageError where there are more than 2,000,000, or none.
    """
    count = sum(
        int((people == p).sum()) * (int((people == p).sum()) - 1) * int((people != p).sum())
        for p in np.unique(people)
    )
    if not 0 < count <= MOST_TRIPLETS:
        raise UsageError(
            f"there are {count:,} triplets of these pictures", "draw them: --triplets random"
        )
    parts = [_triplets_of(people, person) for person in np.unique(people)]
    return Triplets(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def random_triplets(people: Rows, rng: np.random.Generator) -> Triplets:
    """For each picture whose person has another one, one triplet drawn at random."""
    anchors, positives, negatives = _partners(people, rng)
    return Triplets(anchors, positives, negatives)


def semi_hard_triplets(
    people: Rows, embeddings: Array, margin: float, rng: np.random.Generator
) -> Triplets:
    """For each picture and one other of its person, a negative that is not nearer than that one
    but nearer than `margin` beyond; where there is none, the nearest that is not nearer, or else
    the farthest.

    Schroff, Kalenichenko, Philbin: "FaceNet: a unified embedding for face recognition and
    clustering", 2015, section 3.2. Distances are squared, between `embeddings` (n, d).
    """
    anchors, positives, _ = _partners(people, rng)
    products = embeddings @ embeddings.T
    squares = np.diag(products)
    apart = squares[:, None] + squares[None, :] - 2.0 * products
    chosen = [
        _semi_hard(apart[a], people != people[a], float(apart[a, p]), margin, rng)
        for a, p in zip(anchors, positives, strict=True)
    ]
    return Triplets(anchors, positives, np.array(chosen, dtype=np.int32))


def owner_triplets(owner: Rows, others: Rows) -> Triplets:
    """All ordered pairs of the owner's pictures with each of the others'."""
    if owner.size < 2 or not others.size:
        raise UsageError("triplets need two pictures of the owner and one of somebody else")
    both = [(a, p, n) for a in owner for p in owner if a != p for n in others]
    columns = np.array(both, dtype=np.int32).T
    return Triplets(columns[0], columns[1], columns[2])


def batches(count: int, size: int) -> Iterator[slice]:
    """Slices of `size` that cover `count`; a last one of less than half is joined to the one
    before, so that no step follows very few examples.
    """
    start = 0
    while start < count:
        stop = count if count - (start + size) < size // 2 else start + size
        yield slice(start, stop)
        start = stop


def _partners(people: Rows, rng: np.random.Generator) -> tuple[Rows, Rows, Rows]:
    numbers = np.arange(people.size)
    if np.unique(people).size < 2:
        raise UsageError("pairs need two people, and two pictures of one of them")
    anchors, positives, negatives = [], [], []
    for number in numbers:
        same = numbers[(people == people[number]) & (numbers != number)]
        if not same.size:
            continue
        anchors.append(number)
        positives.append(rng.choice(same))
        negatives.append(rng.choice(numbers[people != people[number]]))
    if not anchors:
        raise UsageError("pairs need two people, and two pictures of one of them")
    columns = np.array([anchors, positives, negatives], dtype=np.int32)
    return columns[0], columns[1], columns[2]


def _triplets_of(people: Rows, person: int) -> tuple[Rows, Rows, Rows]:
    own = np.flatnonzero(people == person).astype(np.int32)
    others = np.flatnonzero(people != person).astype(np.int32)
    if own.size < 2:
        return own[:0], own[:0], own[:0]
    made = owner_triplets(own, others)
    return made.anchor, made.positive, made.negative


def _semi_hard(
    apart: Array,
    others: npt.NDArray[np.bool_],
    positive: float,
    margin: float,
    rng: np.random.Generator,
) -> int:
    beyond = others & (apart >= positive)
    near = np.flatnonzero(beyond & (apart < positive + margin))
    if near.size:
        return int(rng.choice(near))
    if beyond.any():
        return int(np.argmin(np.where(beyond, apart, np.inf)))
    return int(np.argmax(np.where(others, apart, -np.inf)))

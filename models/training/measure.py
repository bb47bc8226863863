"""How well embeddings tell people apart: AUC over all pairs, one-shot among n people."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.errors import UsageError
from models.training.examples import Rows, all_pairs
from models.types import Array

WAYS = 10
_DRAWS = 20  # of references for each probe


@dataclass(frozen=True, slots=True)
class Measured:
    """What one embedder does on people; shares in [0, 1]."""

    auc: float
    eer: float
    one_shot: float
    ways: int
    """Among how many people each probe was looked for, with one reference picture each."""
    people: int
    pictures: int
    genuine: int
    impostors: int


def measure(embeddings: Array, people: Rows, *, seed: int, ways: int = WAYS) -> Measured:
    """Of `embeddings` (n, d), compared by direction; `people` (n,).

    Raises UsageError where there is nothing to compare.
    """
    pairs = all_pairs(people)
    if not pairs.same.any() or pairs.same.all():
        raise UsageError("a measurement needs two people, and two pictures of one of them")
    between = distances(embeddings)
    apart = between[pairs.first, pairs.second]
    ways = min(ways, np.unique(people).size)
    return Measured(
        auc=auc(apart, pairs.same),
        eer=equal_error(apart, pairs.same),
        one_shot=one_shot(between, people, ways, np.random.default_rng(seed)),
        ways=ways,
        people=int(np.unique(people).size),
        pictures=int(people.size),
        genuine=int(pairs.same.sum()),
        impostors=int((~pairs.same).sum()),
    )


def distances(embeddings: Array) -> Array:
    """Euclidean distances between all directions, (n, n)."""
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    units = embeddings.astype(np.float64) / np.maximum(lengths, 1e-12)
    return np.asarray(np.sqrt(np.maximum(2 - 2 * units @ units.T, 0.0)), dtype=np.float32)


def auc(apart: Array, same: Any) -> float:
    """Chance that a genuine pair lies nearer than an impostor pair; ties count half.

    The area under the ROC curve is the Mann-Whitney statistic: Hanley, McNeil, "The meaning and use
    of the area under a receiver operating characteristic (ROC) curve", Radiology 143, 1982.
    """
    genuine, impostors = np.sort(apart[same]), apart[~same]
    below = np.searchsorted(genuine, impostors, side="left")
    at_most = np.searchsorted(genuine, impostors, side="right")
    return float((below + at_most).sum() / 2 / (genuine.size * impostors.size))


def equal_error(apart: Array, same: Any) -> float:
    """Error rate at the distance where as many impostors are let in as genuine are refused."""
    return _equal(apart, same)[0]


def equal_error_threshold(apart: Array, same: Any) -> float:
    """That distance."""
    return _equal(apart, same)[1]


def one_shot(between: Array, people: Rows, ways: int, rng: np.random.Generator) -> float:
    """Share of probes whose nearest of `ways` references, one a person, is the right one.

    Each picture is probed twenty times against references drawn anew: one other picture of its
    person, and one of each of `ways - 1` others. Lake, Salakhutdinov, Gross, Tenenbaum, "One shot
    learning of simple visual concepts", CogSci 2011.
    """
    names = np.unique(people)
    rows = {int(name): np.flatnonzero(people == name) for name in names}
    right = trials = 0
    for probe, person in enumerate(people):
        own = rows[int(person)][rows[int(person)] != probe]
        others = names[names != person]
        if not own.size:
            continue
        for _ in range(_DRAWS):
            asked = rng.permutation(others)[: ways - 1]
            strangers = [int(rng.choice(rows[int(name)])) for name in asked]
            nearest = between[probe, strangers].min()
            right += bool(between[probe, int(rng.choice(own))] < nearest)
            trials += 1
    return right / trials if trials else 0.0


def _equal(apart: Array, same: Any) -> tuple[float, float]:
    order = np.argsort(apart, kind="stable")
    genuine = np.cumsum(same[order]) / same.sum()
    impostors = np.cumsum(~same[order]) / (~same).sum()
    at = int(np.argmin(np.abs(impostors - (1 - genuine))))
    return float((impostors[at] + 1 - genuine[at]) / 2), float(apart[order[at]])

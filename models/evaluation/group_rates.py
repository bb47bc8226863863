"""What each group of people is promised, and what it gets: error rates as the verifier decides.

Templates are made of the first pictures of everybody who has more than that, each other picture is
one decision at the threshold of its level, with everything that the calibration adds for the
template and for the face. Impostors are people of the same group: nobody is more alike.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import UsageError
from models.evaluation.fairness import UNLABELLED
from models.evaluation.intervals import Interval, clopper_pearson
from models.evaluation.metrics import Flags, Numbers
from models.evaluation.turns import Faces
from models.scoring.calibration import Calibration
from models.scoring.matching import centre, distances
from models.scoring.security import LEVELS
from models.types import Array

Labels = Mapping[str, str]
"""Group of each person, by name."""

EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class GroupRate:
    """One group at one level."""

    group: str
    people: int
    """With a template."""
    missed: int
    genuine: int
    accepted: int
    impostors: int

    @property
    def frr(self) -> float | None:
        """Share of the owners' pictures refused; None without one."""
        return self.missed / self.genuine if self.genuine else None

    @property
    def far(self) -> float | None:
        """Share of other pictures of the group taken for somebody; None without one."""
        return self.accepted / self.impostors if self.impostors else None

    @property
    def far_exact(self) -> Interval | None:
        """95 % interval of `far` after Clopper and Pearson, as if trials were independent."""
        return clopper_pearson(self.accepted, self.impostors) if self.impostors else None

    def keeps(self, promise: float) -> bool:
        """Whether no more get in than were promised, beyond what chance explains."""
        far, exact = self.far, self.far_exact
        if far is None or exact is None:
            return True
        return exact.low <= promise and far <= _MOST_TIMES * promise


_MOST_TIMES = 3.0


def most_kept(promise: float, impostors: int) -> int:
    """How many of `impostors` may be let in for `GroupRate.keeps` to hold of `promise`."""
    low, high = 0, int(_MOST_TIMES * promise * impostors * (1.0 + 1e-9))
    while low < high:
        middle = (low + high + 1) // 2
        if clopper_pearson(min(middle, impostors), impostors).low <= promise:
            low = middle
        else:
            high = middle - 1
    return min(low, impostors)


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """Every template against every picture, everything that decides worked in."""

    distances: Array
    """(t, n)"""
    owners: Numbers
    """(t,): whose template it is."""
    shown: Numbers
    """(n,): who is in the picture."""
    probed: Flags
    """(t, n): False for the pictures that made the template."""


def decisions(faces: Faces, calibration: Calibration, *, enrolled: int) -> Decisions:
    """Templates of `enrolled` pictures against all of `faces`, which are usable ones.

    Raises UsageError where nobody has more pictures than that.
    """
    members = [rows for rows in faces.by_person() if len(rows) > enrolled]
    if not members:
        raise UsageError(f"nobody has more than {enrolled} usable pictures")
    added = calibration.corrections(faces.embeddings)
    templates = np.stack(
        [centre(faces.embeddings[one[:enrolled]], calibration.metric) for one in members]
    )
    # All at once: what is taken out of the faces is taken out a single time.
    between = calibration.between(templates, faces.embeddings)
    rows = [
        _row(faces, one[:enrolled], calibration) + added + shared
        for one, shared in zip(members, between, strict=True)
    ]
    probed = np.ones((len(members), faces.people.size), dtype=bool)
    for index, one in enumerate(members):
        probed[index, one[:enrolled]] = False
    owners = faces.people[[one[0] for one in members]]
    return Decisions(np.stack(rows).astype(np.float32), owners, faces.people, probed)


def _row(faces: Faces, enrolled: npt.NDArray[np.intp], calibration: Calibration) -> Array:
    own = faces.embeddings[enrolled]
    template = centre(own, calibration.metric)
    to_each = distances(template, faces.embeddings, calibration.metric)
    return np.asarray(to_each + calibration.strictness(own), dtype=np.float32)


def by_group(
    made: Decisions, threshold: float, names: Sequence[str], labels: Labels
) -> tuple[GroupRate, ...]:
    """Rates of each group of `labels` at `threshold`; `names` are the people by number.

    Raises UsageError where no person is labelled.
    """
    if not set(names) & set(labels):
        raise UsageError("the groups name none of the people in the pictures")
    group_of = np.array([labels.get(name, UNLABELLED) for name in names])
    return tuple(
        _rate(made, threshold, group_of == group, str(group)) for group in np.unique(group_of)
    )


def everybody(made: Decisions, threshold: float) -> GroupRate:
    """Rates of all people together."""
    return _rate(made, threshold, np.ones(int(made.shown.max()) + 1, dtype=bool), EVERYBODY)


def _rate(made: Decisions, threshold: float, inside: Flags, group: str) -> GroupRate:
    templates, pictures = inside[made.owners], inside[made.shown]
    near = made.distances[templates][:, pictures] <= threshold
    same = made.owners[templates][:, None] == made.shown[pictures][None]
    genuine = same & made.probed[templates][:, pictures]
    return GroupRate(
        group=group,
        people=int(templates.sum()),
        missed=int((genuine & ~near).sum()),
        genuine=int(genuine.sum()),
        accepted=int((~same & near).sum()),
        impostors=int((~same).sum()),
    )


def levels_json(
    made: Decisions, calibration: Calibration, names: Sequence[str], labels: Sequence[Labels]
) -> dict[str, Any]:
    """By level: what it promises and what each group of each of `labels` gets.

    At a level that the calibration does not reach nobody is let in; its threshold is None.
    """
    found: dict[str, Any] = {}
    for level, promise in LEVELS.items():
        reached = promise >= calibration.lowest_far
        threshold = calibration.threshold(promise) if reached else -math.inf
        rates = [everybody(made, threshold)]
        for one in labels:
            rates += by_group(made, threshold, names, one)
        found[level] = {
            "promise": promise,
            "threshold": round(threshold, 5) if reached else None,
            "groups": {rate.group: rate_json(rate, promise) for rate in rates},
        }
    return found


def rate_json(rate: GroupRate, promise: float) -> dict[str, Any]:
    """One group at one level; rates in [0, 1], null without a comparison."""
    exact = rate.far_exact
    return {
        "people": rate.people,
        "genuine": rate.genuine,
        "frr": None if rate.frr is None else round(rate.frr, 5),
        "impostors": rate.impostors,
        "accepted": rate.accepted,
        "far": None if rate.far is None else float(f"{rate.far:.4g}"),
        "far_exact": None
        if exact is None
        else [float(f"{v:.4g}") for v in (exact.low, exact.high)],
        "kept": rate.keeps(promise),
    }

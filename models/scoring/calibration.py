"""What a distance is worth: the false-accept rate of a threshold there, and the evidence in it.

A calibration belongs to one embedder in one precision and says, for the distance of a face to
somebody's template, how often strangers get in who come that near (the false-accept rate, FAR, of
a visit of `security.ATTEMPTS` attempts) and how much more often the person comes there by one
picture (the log-likelihood ratio, natural logarithm). It is measured by
`facelatch models calibrate`, or stands in for a measurement with published figures; which of the
two is in its provenance and in every output. Pure NumPy; files are `models.calibrations`' part.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from models.errors import UsageError
from models.scoring import axes as shared
from models.scoring import cohort as crowd
from models.scoring import neighbours as kinds
from models.scoring import projection as projected
from models.scoring.axes import Axes
from models.scoring.checked import Curve, curve, number, plain, require, rounded
from models.scoring.cohort import Cohort, Embeddings
from models.scoring.neighbours import Neighbours
from models.scoring.projection import Projection
from models.scoring.security import CUSTOM, Level
from models.types import Metric, Precision

Kind = Literal["measured", "published"]

FORMAT = 1
MOST_THRESHOLD = 2.0
_MOST_KNOTS = 256
_LARGEST_DISTANCE = 100.0
_LARGEST_LLR = 50.0
_LOWEST_LOG_RATE = -12.0
_MOST_VERSIONS = 32
_MOST_TRIALS = 10**15


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a calibration comes from. Raises ValueError for values out of bounds."""

    kind: Kind
    data: str
    """Name of the pictures, or of what published the figures."""
    people: int
    pictures: int
    genuine: int
    """Comparisons of a person's picture with that person's template."""
    impostors: int
    """Comparisons of a picture with somebody else's template."""
    date: str
    command: str
    versions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require(self.kind in get_args(Kind), "kind")
        for text in (self.data, self.date, self.command):
            require(plain(text), "provenance")
        for count in (self.people, self.pictures, self.genuine, self.impostors):
            require(type(count) is int and 0 <= count <= _MOST_TRIALS, "count")
        require(
            isinstance(self.versions, Mapping)
            and len(self.versions) <= _MOST_VERSIONS
            and all(plain(name) and plain(value) for name, value in self.versions.items()),
            "versions",
        )


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What people see at one level of security, three pictures enrolled: strangers let in of people
    on whom nothing was fitted, owners refused at the thresholds that ship.

    Raises ValueError for values out of bounds.
    """

    frr: float
    """Share of their own pictures refused, of all people."""
    missed: str
    """The group whose own pictures are refused most often."""
    missed_frr: float
    """How often."""
    group: str
    """The group among whom strangers get in most often."""
    far: float
    """How often there, by one picture."""
    kept: bool
    """Whether every group got what was promised, beyond what chance explains."""

    def __post_init__(self) -> None:
        require(plain(self.group) and plain(self.missed), "held-out figures")
        require(type(self.kept) is bool, "held-out figures")
        rates = (self.frr, self.missed_frr, self.far)
        require(all(0.0 <= rate <= 1.0 for rate in rates), "held-out figures")

    @property
    def usable(self) -> bool:
        """Whether the promise is kept without missing owners so often that it is no use."""
        return self.kept and self.frr <= MOST_MISSED


MOST_MISSED = 0.25
"""Of an owner's pictures, one at a time: whoever is missed more often switches it off."""
_MOST_LEVELS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """The two maps from distance, as knots between which they are linear.

    `distances` (k,) rise strictly; `log_far` (k,), decimal logarithms, rise from at least -12 to
    at most 0; `llr` (k,) fall and claim no more than the rate allows: a likelihood ratio that
    falls with the distance is nowhere above 1 / FAR. Rates below `measured_far` are extrapolated:
    fewer than 30 strangers came that near. Raises ValueError for values out of bounds.
    """

    model_id: str
    precision: Precision
    metric: Metric
    provenance: Provenance
    distances: Curve
    log_far: Curve
    llr: Curve
    measured_far: float
    cohort: Cohort | None = None
    neighbours: Neighbours | None = None
    axes: Axes | None = None
    projection: Projection | None = None
    held_out: Mapping[str, HeldOut] = field(default_factory=dict)
    """By level of security; empty where nothing was held out."""

    def __post_init__(self) -> None:
        require(plain(self.model_id) and ":" in self.model_id, "model")
        require(self.precision in get_args(Precision), "precision")
        require(self.metric in get_args(Metric), "metric")
        shapes = {curve.shape for curve in (self.distances, self.log_far, self.llr)}
        require(shapes == {(self.distances.size,)}, "length")
        require(2 <= self.distances.size <= _MOST_KNOTS, "length")
        require(_rises(self.distances, strictly=True), "distances")
        require(bool(np.all(np.abs(self.distances) <= _LARGEST_DISTANCE)), "distances")
        require(_rises(self.log_far), "rates")
        require(bool(np.all((self.log_far >= _LOWEST_LOG_RATE) & (self.log_far <= 0.0))), "rates")
        require(_rises(-self.llr), "evidence")
        most = np.minimum(_LARGEST_LLR, -math.log(10) * self.log_far) + _ROUNDING
        require(bool(np.all((self.llr >= -_LARGEST_LLR) & (self.llr <= most))), "evidence")
        require(0.0 < self.measured_far <= 1.0, "measured rate")
        require(len(self.held_out) <= _MOST_LEVELS, "held-out figures")
        require(all(map(plain, self.held_out)), "held-out figures")

    def strictness(self, embeddings: Embeddings) -> float:
        """How much nearer than usual one must come to an appearance of `embeddings` (n, d).

        A distance, below 0 for whom few strangers resemble; 0 where the calibration knows no
        crowd, 100 or more for embeddings of another kind, to which nobody can come near enough.
        """
        strict = 0.0 if self.cohort is None else self.cohort.strictness(embeddings, self.metric)
        if self.neighbours is not None:
            strict += self.neighbours.of_template(embeddings, self.metric)
        return strict

    def corrections(self, faces: Embeddings) -> Curve:
        """What is added to every distance of each of `faces` (n, d), (n,)."""
        added: Curve = np.zeros(len(np.atleast_2d(faces)))
        if self.cohort is not None:
            added = added + self.cohort.corrections(faces)
        if self.neighbours is not None:
            added = added + self.neighbours.of_faces(faces)
        return added

    def between(self, templates: Embeddings, faces: Embeddings) -> Curve:
        """What is added, beside the above, to the distances of `faces` (n, d) to `templates`
        (t, d), (t, n); no sum of both is below 0.
        """
        added: Curve = np.zeros((len(np.atleast_2d(templates)), len(np.atleast_2d(faces))))
        if self.projection is not None:
            added = added + self.projection.between(templates, faces, self.metric)
        if self.axes is not None:
            added = added + self.axes.between(templates, faces)
        return added

    @property
    def model_name(self) -> str:
        """As a person calls the model: its id without the digest."""
        return self.model_id.rpartition(":")[0]

    @property
    def lowest_far(self) -> float:
        """The smallest rate that this calibration can promise."""
        return float(10.0 ** self.log_far[0])

    def far(self, distance: float) -> float:
        """Share of strangers at `distance` or nearer, never below `lowest_far`; 1 for nan."""
        if math.isnan(distance) or distance > self.distances[-1]:
            return 1.0
        return float(10.0 ** np.interp(distance, self.distances, self.log_far))

    def evidence(self, distance: float) -> float:
        """Log-likelihood ratio (natural) of `distance`; that of the farthest knot for nan."""
        if math.isnan(distance):
            return float(self.llr[-1])
        return float(np.interp(distance, self.distances, self.llr))

    def threshold(self, far: float) -> float:
        """The largest distance with at most this FAR; raises UsageError where none is known."""
        logarithm = math.log10(far) if 0.0 < far <= 1.0 else -math.inf
        if logarithm < self.log_far[0] - _ROUNDING:
            raise UsageError(
                f"a false-accept rate of {far:.1g} is beyond this calibration of "
                f"{self.model_name}, which ends at {self.lowest_far:.0e}",
                "choose a lower --security, or have fewer people enrolled",
            )
        # Of several knots at one rate the farthest: `log_far` may stand still.
        knot = int(np.searchsorted(self.log_far, logarithm, side="right")) - 1
        if knot < 0 or knot + 1 == self.log_far.size:
            return float(self.distances[max(knot, 0)])
        low, high = self.log_far[knot], self.log_far[knot + 1]
        share = (logarithm - low) / (high - low)
        step = self.distances[knot + 1] - self.distances[knot]
        return float(self.distances[knot] + share * step)

    def extrapolated(self, far: float) -> bool:
        """Whether so few strangers came that near that `far` rests on the curve's course."""
        return far < self.measured_far * (1.0 - _ROUNDING)


_ROOM = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """What decides: a calibration at one level, for `templates` that a face may be taken for.

    `level.far` holds for all templates together (Bonferroni: each gets its share of it).
    `threshold` is the distance at which a single picture is still accepted.
    """

    calibration: Calibration
    level: Level
    templates: int
    threshold: float

    @property
    def share(self) -> float:
        """False-accept rate of each template, in (0, 0.1]."""
        return min(self.level.far / max(self.templates, 1), 0.1)

    @property
    def toll(self) -> float:
        """Evidence at the threshold, which each frame of a sequence must exceed.

        Less than what can be known of any frame: the evidence ends where trials do.
        """
        return min(
            self.calibration.evidence(self.threshold), float(self.calibration.llr[0]) - _ROOM
        )

    @property
    def extrapolated(self) -> bool:
        """Whether the rate is below what was measured."""
        return self.calibration.extrapolated(self.level.far / max(self.templates, 1))


def criterion(
    calibration: Calibration, level: Level, *, templates: int = 1, threshold: float | None = None
) -> Criterion:
    """The criterion of `level`, or of a `threshold` of the caller's own, whose rate is looked up.

    Raises UsageError where the threshold is not in (0, 2], or the calibration does not reach that
    far for so many templates.
    """
    if threshold is None:
        reached = calibration.threshold(level.far / max(templates, 1))
        return Criterion(calibration, level, templates, reached)
    if not 0.0 < threshold <= MOST_THRESHOLD:
        raise UsageError(f"a threshold lies in (0, {MOST_THRESHOLD:g}]")
    rate = min(calibration.far(threshold) * max(templates, 1), 1.0)
    return Criterion(calibration, Level(CUSTOM, rate), templates, threshold)


_ROUNDING = 1e-3  # of files, which hold logarithms to four digits


def to_json(calibration: Calibration) -> dict[str, Any]:
    """As `from_json` reads it; numbers rounded to what they are known to."""
    origin = calibration.provenance
    made: dict[str, Any] = {
        "format": FORMAT,
        "model_id": calibration.model_id,
        "precision": calibration.precision,
        "metric": calibration.metric,
        "provenance": {name: getattr(origin, name) for name in _PROVENANCE}
        | {"versions": dict(origin.versions)},
        "measured_far": float(f"{calibration.measured_far:.3g}"),
        "distances": rounded(calibration.distances, 6),
        "log_far": rounded(calibration.log_far, 4),
        "llr": rounded(calibration.llr, 4),
    }
    if calibration.cohort is not None:
        made["cohort"] = crowd.to_json(calibration.cohort)
    if calibration.neighbours is not None:
        made["neighbours"] = kinds.to_json(calibration.neighbours)
    if calibration.axes is not None:
        made["axes"] = shared.to_json(calibration.axes)
    if calibration.projection is not None:
        made["projection"] = projected.to_json(calibration.projection)
    if calibration.held_out:
        made["held_out"] = {
            level: {
                "frr": float(f"{known.frr:.3g}"),
                "missed": known.missed,
                "missed_frr": float(f"{known.missed_frr:.3g}"),
                "group": known.group,
                "far": float(f"{known.far:.3g}"),
                "kept": known.kept,
            }
            for level, known in calibration.held_out.items()
        }
    return made


_PROVENANCE = ("kind", "data", "people", "pictures", "genuine", "impostors", "date", "command")


def from_json(raw: Any) -> Calibration:
    """The calibration in `raw`; raises ValueError, KeyError or TypeError where it is none."""
    require(isinstance(raw, dict) and raw.get("format") == FORMAT, "format")
    require(set(raw) <= _FIELDS, "field")
    return Calibration(
        model_id=raw["model_id"],
        precision=raw["precision"],
        metric=raw["metric"],
        provenance=Provenance(**raw["provenance"]),
        distances=curve(raw["distances"]),
        log_far=curve(raw["log_far"]),
        llr=curve(raw["llr"]),
        measured_far=number(raw["measured_far"]),
        cohort=crowd.from_json(raw["cohort"]) if "cohort" in raw else None,
        neighbours=kinds.from_json(raw["neighbours"]) if "neighbours" in raw else None,
        axes=shared.from_json(raw["axes"]) if "axes" in raw else None,
        projection=projected.from_json(raw["projection"]) if "projection" in raw else None,
        held_out={level: HeldOut(**known) for level, known in raw.get("held_out", {}).items()},
    )


_FIELDS = {
    *("format", "model_id", "precision", "metric", "provenance", "measured_far"),
    *("distances", "log_far", "llr", "cohort", "neighbours", "axes", "projection", "held_out"),
}


def _rises(curve: Curve, *, strictly: bool = False) -> bool:
    steps = np.diff(curve)
    return bool(np.all(np.isfinite(curve)) and np.all(steps > 0 if strictly else steps >= 0))

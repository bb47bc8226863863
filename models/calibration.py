"""What a distance is worth: the false-accept rate of a threshold there, and the evidence in it.

A calibration belongs to one embedder in one precision and says, for the distance of a face to
somebody's template, how often strangers come that near (the false-accept rate, FAR) and how much
more often the person does (the log-likelihood ratio, natural logarithm). It is measured by
`facelatch models calibrate`, or stands in for a measurement with published figures; which of the
two is in its provenance and in every output. Pure NumPy; files are `models.calibrations`' part.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from models.errors import UsageError
from models.matching import centre
from models.security import CUSTOM, Level
from models.types import Embedding, Metric, Precision

Curve = npt.NDArray[np.float64]
Kind = Literal["measured", "published"]

FORMAT = 1
MOST_THRESHOLD = 2.0
_MOST_KNOTS = 256
_LARGEST_DISTANCE = 100.0
_LARGEST_LLR = 50.0
_LOWEST_LOG_RATE = -12.0
_MOST_COMPONENTS, _MOST_DIMENSIONS = 16, 1024
_LONGEST_TEXT = 300
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
        _require(self.kind in get_args(Kind), "kind")
        for text in (self.data, self.date, self.command):
            _require(_plain(text), "provenance")
        for count in (self.people, self.pictures, self.genuine, self.impostors):
            _require(type(count) is int and 0 <= count <= _MOST_TRIALS, "count")
        _require(
            isinstance(self.versions, Mapping)
            and len(self.versions) <= _MOST_VERSIONS
            and all(_plain(name) and _plain(value) for name, value in self.versions.items()),
            "versions",
        )


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """What is known of strangers' embeddings as a crowd; there is no single one in it.

    `mean` (d,) and `components` (q, d, each of length sqrt(its variance beyond `rest`)) describe
    their spread, `rest` is the variance in all other directions. `weight_likeness` and
    `weight_spread` turn a template's two features (see `features`) into a change of its threshold;
    0 where that did not help people it was not fitted on. `usual` are the features' means.
    """

    mean: Curve
    components: Curve
    rest: float
    weight_likeness: float
    weight_spread: float
    usual: tuple[float, float]

    def __post_init__(self) -> None:
        _require(self.mean.ndim == 1 and 1 <= self.mean.size <= _MOST_DIMENSIONS, "mean")
        _require(
            self.components.ndim == 2
            and self.components.shape[0] <= _MOST_COMPONENTS
            and self.components.shape[1] == self.mean.size,
            "components",
        )
        values = (*self.mean, *self.components.ravel(), *self.usual)
        _require(bool(np.all(np.abs(values) <= 10.0)), "statistics")
        _require(0.0 < self.rest <= 10.0, "variance")
        for weight in (self.weight_likeness, self.weight_spread):
            _require(0.0 <= weight <= 10.0, "weight")

    def features(
        self, embeddings: npt.NDArray[np.floating[Any]], metric: Metric
    ) -> tuple[float, float]:
        """Likeness and spread of a look of `embeddings` (n, d); (nan, nan) if unusable.

        Likeness: the distance within which about 1 in 100 strangers come to the template (as of a
        normal distribution). Spread: the length of the mean of the embeddings at length 1, which
        is 1 where all agree: the shorter it is, the more the template resembles everybody.
        """
        rows = np.asarray(embeddings, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != self.mean.size or not np.isfinite(rows).all():
            return math.nan, math.nan
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        spread = float(np.linalg.norm((rows / np.maximum(lengths, _TINY)).mean(axis=0)))
        if spread < _TINY:
            return math.nan, math.nan
        return self._likeness(centre(rows.astype(np.float32), metric), metric), spread

    def _likeness(self, template: Embedding, metric: Metric) -> float:
        """Of strangers at length 1: their product with the template is what a distance is of."""
        towards = template.astype(np.float64)
        length = float(np.linalg.norm(towards))
        towards = towards / max(length, _TINY)
        variance = float(np.sum((self.components @ towards) ** 2)) + self.rest
        near = float(self.mean @ towards) + _ONE_IN_HUNDRED * math.sqrt(variance)
        if metric == "cosine":
            return 1.0 - near
        return math.sqrt(max(1.0 + length**2 - 2.0 * length * near, 0.0))

    def strictness(self, embeddings: npt.NDArray[np.floating[Any]], metric: Metric) -> float:
        """How much stricter than general a look's threshold must be, a distance >= 0.

        100, which lets nobody in, for embeddings that are none of the crowd's kind.
        """
        likeness, spread = self.features(embeddings, metric)
        shift = self.weight_likeness * (likeness - self.usual[0])
        shift += self.weight_spread * (spread - self.usual[1])
        return -min(shift, 0.0) if math.isfinite(shift) else _LARGEST_DISTANCE


_ONE_IN_HUNDRED = 2.326  # standard normal quantile
_TINY = 1e-12


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

    def __post_init__(self) -> None:
        _require(_plain(self.model_id) and ":" in self.model_id, "model")
        _require(self.precision in get_args(Precision), "precision")
        _require(self.metric in get_args(Metric), "metric")
        shapes = {curve.shape for curve in (self.distances, self.log_far, self.llr)}
        _require(shapes == {(self.distances.size,)}, "length")
        _require(2 <= self.distances.size <= _MOST_KNOTS, "length")
        _require(_rises(self.distances, strictly=True), "distances")
        _require(bool(np.all(np.abs(self.distances) <= _LARGEST_DISTANCE)), "distances")
        _require(_rises(self.log_far), "rates")
        _require(bool(np.all((self.log_far >= _LOWEST_LOG_RATE) & (self.log_far <= 0.0))), "rates")
        _require(_rises(-self.llr), "evidence")
        most = np.minimum(_LARGEST_LLR, -math.log(10) * self.log_far) + _ROUNDING
        _require(bool(np.all((self.llr >= -_LARGEST_LLR) & (self.llr <= most))), "evidence")
        _require(0.0 < self.measured_far <= 1.0, "measured rate")

    def strictness(self, embeddings: npt.NDArray[np.floating[Any]]) -> float:
        """How much nearer than to others one must come to a look of `embeddings` (n, d).

        A distance >= 0: 0 where the calibration knows no crowd, 100 for embeddings of another
        kind, to which nobody can come near enough.
        """
        return 0.0 if self.cohort is None else self.cohort.strictness(embeddings, self.metric)

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
                f"{self.model_id.split(':')[0]}, which ends at {self.lowest_far:.0e}",
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
        "distances": _rounded(calibration.distances, 6),
        "log_far": _rounded(calibration.log_far, 4),
        "llr": _rounded(calibration.llr, 4),
    }
    if calibration.cohort is not None:
        made["cohort"] = _cohort_json(calibration.cohort)
    return made


_PROVENANCE = ("kind", "data", "people", "pictures", "genuine", "impostors", "date", "command")


def from_json(raw: Any) -> Calibration:
    """The calibration in `raw`; raises ValueError, KeyError or TypeError where it is none."""
    _require(isinstance(raw, dict) and raw.get("format") == FORMAT, "format")
    _require(set(raw) <= _FIELDS, "field")
    return Calibration(
        model_id=raw["model_id"],
        precision=raw["precision"],
        metric=raw["metric"],
        provenance=Provenance(**raw["provenance"]),
        distances=_curve(raw["distances"]),
        log_far=_curve(raw["log_far"]),
        llr=_curve(raw["llr"]),
        measured_far=_number(raw["measured_far"]),
        cohort=_cohort(raw["cohort"]) if "cohort" in raw else None,
    )


_FIELDS = {
    *("format", "model_id", "precision", "metric", "provenance", "measured_far"),
    *("distances", "log_far", "llr", "cohort"),
}


def _cohort_json(cohort: Cohort) -> dict[str, Any]:
    return {
        "mean": _rounded(cohort.mean, 5),
        "components": [_rounded(row, 5) for row in cohort.components],
        "rest": float(f"{cohort.rest:.5g}"),
        "weight_likeness": round(cohort.weight_likeness, 4),
        "weight_spread": round(cohort.weight_spread, 4),
        "usual": [round(value, 5) for value in cohort.usual],
    }


def _cohort(raw: Any) -> Cohort:
    rows = raw["components"]
    _require(isinstance(rows, list) and len(rows) <= _MOST_COMPONENTS, "components")
    mean = _curve(raw["mean"])
    likeness, spread = raw["usual"]
    return Cohort(
        mean=mean,
        components=np.array([_curve(row) for row in rows]).reshape(len(rows), mean.size),
        rest=_number(raw["rest"]),
        weight_likeness=_number(raw["weight_likeness"]),
        weight_spread=_number(raw["weight_spread"]),
        usual=(_number(likeness), _number(spread)),
    )


def _curve(raw: Any) -> Curve:
    _require(isinstance(raw, list) and 1 <= len(raw) <= _MOST_DIMENSIONS, "length")
    curve = np.array([_number(value) for value in raw], dtype=np.float64)
    curve.setflags(write=False)
    return curve


def _number(raw: Any) -> float:
    _require(type(raw) in (int, float) and math.isfinite(raw), "number")
    return float(raw)


def _rounded(curve: Curve, digits: int) -> list[float]:
    return [round(float(value), digits) for value in curve]


def _rises(curve: Curve, *, strictly: bool = False) -> bool:
    steps = np.diff(curve)
    return bool(np.all(np.isfinite(curve)) and np.all(steps > 0 if strictly else steps >= 0))


def _plain(text: object) -> bool:
    return isinstance(text, str) and 1 <= len(text) <= _LONGEST_TEXT and text.isprintable()


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise ValueError(f"a calibration with a wrong {what}")

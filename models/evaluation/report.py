"""The report of an evaluation, as JSON and as rows of a table. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.evaluation.intervals import CONFIDENCE, Interval
from models.evaluation.lfw import LfwResult, RateAtFar

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setup:
    """What was measured, and what it was measured on."""

    embedder: str
    model_id: str
    precision: str
    own_threshold: float
    detector: str
    min_face: int
    images: int
    """Pictures named by the pairs."""
    missing: int
    """Of these, not found."""
    unreadable: int
    """Of these, found but not to be decoded."""
    undetected: int
    """Of these, without a face that the detector sees; the middle of the picture was used."""
    pairs_left_out: int
    folds_cut: bool
    from_cache: int
    seconds: float
    versions: Mapping[str, str]


def lfw_json(result: LfwResult, setup: Setup) -> Json:
    """One JSON object; rates and accuracies in [0, 1], thresholds in the embedder's metric."""
    return {
        "protocol": "lfw",
        "accuracy": _rounded(result.accuracy),
        "accuracy_std": _rounded(result.accuracy_std),
        "accuracy_error": _rounded(result.accuracy_error),
        "eer": _rounded(result.eer),
        "threshold": _rounded(result.threshold),
        "frr_at_far": {rate_key(rate.asked): _rounded(rate.point.frr) for rate in result.rates},
        "pairs": len(result.comparisons),
        "undetected": setup.undetected,
        "embedder": setup.embedder,
        "detector": setup.detector,
        "precision": setup.precision,
        "model_id": setup.model_id,
        "min_face": setup.min_face,
        "images": setup.images,
        "missing": setup.missing,
        "unreadable": setup.unreadable,
        "pairs_left_out": setup.pairs_left_out,
        "folds": [
            {"accuracy": _rounded(fold.accuracy), "threshold": _rounded(fold.threshold)}
            for fold in result.folds
        ],
        "folds_cut": setup.folds_cut,
        "own_threshold": _own_threshold(result, setup),
        "intervals": {
            "confidence": CONFIDENCE,
            "eer": _pair(result.eer_people),
            "frr_at_far": {rate_key(rate.asked): _rate(rate) for rate in result.rates},
        },
        "from_cache": setup.from_cache,
        "seconds": round(setup.seconds, 1),
        "versions": dict(setup.versions),
    }


def lfw_rows(report: Mapping[str, Any]) -> list[dict[str, object]]:
    """What a person reads of `lfw_json`, line by line."""
    folds = len(report["folds"])
    cut = ", cut from one" if report["folds_cut"] else ""
    own = report["own_threshold"]
    eer_low, eer_high = report["intervals"]["eer"]
    rows = [
        ("embedder", f"{report['embedder']} ({report['precision']})", report["model_id"]),
        ("detector", report["detector"], f"faces from {report['min_face']} px"),
        ("pictures", report["images"], _pictures_remark(report)),
        ("pairs", report["pairs"], f"{folds} folds{cut}{_left_out(report)}"),
        (
            "accuracy",
            _percent(report["accuracy"]),
            f"± {_percent(report['accuracy_std'])} over folds, thresholds from the other folds",
        ),
        ("EER", _percent(report["eer"]), f"95 % over people: {_range(eer_low, eer_high)}"),
        *(
            (f"FRR at FAR {far}", _percent(frr), _rate_remark(report, far))
            for far, frr in report["frr_at_far"].items()
        ),
        ("threshold", f"{report['threshold']:.3f}", "mean of the folds"),
        (
            "own threshold",
            f"{own['threshold']:.3f}",
            f"FAR {_percent(own['far'])}, FRR {_percent(own['frr'])}",
        ),
        ("seconds", report["seconds"], f"{report['from_cache']} pictures from the cache"),
    ]
    return [{"figure": name, "value": value, "remark": remark} for name, value, remark in rows]


def rate_key(rate: float) -> str:
    """A rate as the key of a JSON object: 0.001 -> "0.001", 1e-06 -> "0.000001"."""
    return f"{rate:.12f}".rstrip("0").rstrip(".") or "0"


def _pictures_remark(report: Mapping[str, Any]) -> str:
    share = report["undetected"] / max(report["images"], 1)
    parts = [f"{report['undetected']} without a detected face ({_percent(share)})"]
    if report["undetected"]:
        parts[0] += ": the middle was used"
    parts += [f"{report[key]} {key}" for key in ("missing", "unreadable") if report[key]]
    return ", ".join(parts)


def _left_out(report: Mapping[str, Any]) -> str:
    count = report["pairs_left_out"]
    return f", {count} pairs left out" if count else ""


def _rate_remark(report: Mapping[str, Any], far: str) -> str:
    rate = report["intervals"]["frr_at_far"][far]
    remark = (
        f"{rate['errors']} of {rate['trials']}, 95 % exact {_range(*rate['exact'])}, "
        f"over people {_range(*rate['people'])}"
    )
    return remark if rate["resolved"] else f"{remark}; too few impostors: FAR 0 was taken"


def _own_threshold(result: LfwResult, setup: Setup) -> Json:
    return {
        "threshold": _rounded(setup.own_threshold),
        "far": _rounded(result.at_own_threshold.far),
        "frr": _rounded(result.at_own_threshold.frr),
    }


def _rate(rate: RateAtFar) -> Json:
    threshold = rate.point.threshold
    return {
        "errors": rate.errors,
        "trials": rate.trials,
        "far": _rounded(rate.point.far),
        # Nothing may be accepted at that rate: JSON knows no infinity.
        "threshold": _rounded(threshold) if threshold > float("-inf") else None,
        "exact": _pair(rate.exact),
        "people": _pair(rate.people),
        "resolved": rate.resolved,
    }


def _pair(interval: Interval) -> list[float]:
    return [_rounded(interval.low), _rounded(interval.high)]


def _rounded(value: float) -> float:
    return round(value, 6)


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _range(low: float, high: float) -> str:
    return f"{100 * low:.2f}-{100 * high:.2f} %"

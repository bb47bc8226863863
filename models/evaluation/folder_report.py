"""The report of a folder's protocols, as JSON and as rows of tables. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.evaluation.fairness import GroupRates, Spread
from models.evaluation.folder import SPREAD_FAR, Fairness, FolderResult, Measured, Pictures
from models.evaluation.intervals import CONFIDENCE, Interval
from models.evaluation.quality_curve import FALSE_ACCEPT_RATE, QualityStep
from models.evaluation.rates import Rate
from models.evaluation.report import rate_key

Json = dict[str, Any]
Row = dict[str, object]

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class FolderSetup:
    """What was measured, and with what."""

    protocol: str
    embedder: str
    model_id: str
    precision: str
    detector: str
    min_face: int
    data: str
    """Name of the pictures; no path of this machine."""
    unlabelled: int | None
    """People without a group; None without groups."""
    from_cache: int
    seconds: float
    """Spent on reading and embedding."""
    peak_mb: int
    versions: Mapping[str, str]


def folder_json(result: FolderResult, pictures: Pictures, setup: FolderSetup) -> Json:
    """One JSON object; rates in [0, 1], thresholds in the embedder's metric."""
    made: Json = {
        "protocol": setup.protocol,
        "format": _FORMAT,
        "embedder": setup.embedder,
        "model_id": setup.model_id,
        "precision": setup.precision,
        "detector": setup.detector,
        "min_face": setup.min_face,
        "data": _data(pictures, setup),
        "confidence": CONFIDENCE,
        "not_run": list(result.not_run),
        "from_cache": setup.from_cache,
        "seconds": round(setup.seconds, 1),
        "peak_memory_mb": setup.peak_mb,
        "versions": dict(setup.versions),
    }
    if result.all_pairs is not None:
        made["all_pairs"] = _measured(result.all_pairs)
    if result.enrolments:
        made["enrolment"] = [_measured(one) for one in result.enrolments]
        made["enrolment_same_people"] = [_measured(one) for one in result.same_people]
    if result.quality:
        made["quality"] = {
            "at_far": FALSE_ACCEPT_RATE,
            "curves": {name: [_step(step) for step in steps] for name, steps in result.quality},
        }
    if result.fairness:
        made["fairness"] = [_fairness(one) for one in result.fairness]
    return made


def _data(pictures: Pictures, setup: FolderSetup) -> Json:
    counts = pictures.people.counts()
    total = len(pictures.people.paths)
    return {
        "name": setup.data,
        "people": int((counts > 0).sum()),
        "empty_folders": int((counts == 0).sum()),
        "people_with_one_picture": int((counts == 1).sum()),
        "pictures": total,
        "left_out_files": pictures.people.left_out,
        "unreadable": pictures.unreadable,
        "undetected": pictures.undetected,
        "poor": pictures.poor,
        "failure_to_acquire": _rounded((total - int(pictures.found.sum())) / total),
        "unlabelled_people": setup.unlabelled,
    }


def _measured(one: Measured) -> Json:
    made: Json = {
        "people": one.people,
        "pictures": one.pictures,
        "genuine": len(one.trials.genuine),
        "impostors": one.trials.impostors,
        "eer": _rounded(one.rates.eer),
        "eer_people": _pair(one.rates.eer_people),
        "frr_at_far": {rate_key(rate.asked): _rounded(rate.frr) for rate in one.rates.rates},
        "rates": {rate_key(rate.asked): _rate(rate, one) for rate in one.rates.rates},
        "seconds": round(one.seconds, 2),
    }
    if one.enrolled:
        made = {"enrolled": one.enrolled, **made, "failures": one.failures}
    return made


def _rate(rate: Rate, one: Measured) -> Json:
    made: Json = {
        # Nothing may be accepted at that rate: JSON knows no infinity.
        "threshold": _rounded(rate.threshold) if rate.threshold > float("-inf") else None,
        "far": float(f"{rate.far:.6g}"),
        "frr": _rounded(rate.frr),
        "errors": rate.errors,
        "genuine": rate.genuine,
        "false_accepts": rate.false_accepts,
        "impostors": rate.impostors,
        "exact": _pair(rate.exact),
        "far_exact": [float(f"{v:.4g}") for v in (rate.far_exact.low, rate.far_exact.high)],
        "people": _pair(rate.people),
        "resolved": rate.resolved,
        "sure": rate.sure,
    }
    if one.enrolled:
        attempts = rate.genuine + one.failures
        made["frr_with_failures"] = _rounded((rate.errors + one.failures) / attempts)
    return made


def _step(step: QualityStep) -> Json:
    return {
        "rejected": _rounded(step.rejected),
        "least_quality": _rounded(step.least),
        "genuine": step.genuine,
        "errors": step.errors,
        "frr": _rounded(step.frr),
        "exact": _pair(step.exact),
        "far": float(f"{step.far:.4g}"),
        "frr_at_far": _rounded(step.frr_at_far),
    }


def _fairness(one: Fairness) -> Json:
    return {
        "protocol": protocol_name(one.measured),
        "at_far": SPREAD_FAR,
        "spread": {spread.kind.lower(): _spread(spread) for spread in one.spread},
        "groups": [_group(group) for group in one.groups],
    }


def _spread(spread: Spread) -> Json:
    names = ("mean", "worst_tenth", "by_chance", "worst", "untouched")
    return {"people": spread.people} | {name: _rounded(getattr(spread, name)) for name in names}


def _group(group: GroupRates) -> Json:
    return {
        "group": group.group,
        "people": group.people,
        "frr": _rounded(group.errors / group.genuine) if group.genuine else None,
        "errors": group.errors,
        "genuine": group.genuine,
        "frr_exact": _pair(group.frr),
        "far_within": _rounded(group.false_accepts / group.impostors) if group.impostors else None,
        "false_accepts": group.false_accepts,
        "impostors": group.impostors,
        "far_exact": _pair(group.far),
    }


def protocol_name(one: Measured) -> str:
    """What outputs call the protocol of `one`."""
    return f"{one.enrolled} enrolled" if one.enrolled else "all pairs"


def about_rows(report: Mapping[str, Any]) -> list[Row]:
    """What was measured, line by line; everything that was left out is among it."""
    data = report["data"]
    rows = [
        ("embedder", f"{report['embedder']} ({report['precision']})", report["model_id"]),
        ("detector", report["detector"], f"faces from {report['min_face']} px"),
        ("pictures", data["pictures"], _pictures_remark(data)),
        ("people", data["people"], _people_remark(data)),
        ("embedding", f"{report['seconds']} s", f"{report['from_cache']} from the cache"),
        ("peak memory", f"{report['peak_memory_mb']} MB", ""),
        *(("not run", "", reason) for reason in report["not_run"]),
    ]
    return [{"figure": name, "value": value, "remark": remark} for name, value, remark in rows]


def _pictures_remark(data: Mapping[str, Any]) -> str:
    parts = [f"{data['undetected']} without a detected face", f"{data['poor']} of poor quality"]
    parts += [f"{data['unreadable']} unreadable"] if data["unreadable"] else []
    if data["left_out_files"]:
        parts.append(f"{data['left_out_files']} other files left out")
    return ", ".join(parts)


def _people_remark(data: Mapping[str, Any]) -> str:
    parts = [f"{data['people_with_one_picture']} with one picture: impostors only"]
    parts += [f"{data['empty_folders']} empty folders"] if data["empty_folders"] else []
    if data["unlabelled_people"] is not None:
        parts.append(f"{data['unlabelled_people']} without a group")
    return ", ".join(parts)


def rate_rows(report: Mapping[str, Any]) -> list[Row]:
    """FRR at every FAR, of every protocol that ran."""
    rows: list[Row] = []
    parts = [("all pairs", report["all_pairs"])] if "all_pairs" in report else []
    parts += [(f"{one['enrolled']} enrolled", one) for one in report.get("enrolment", ())]
    parts += [
        (f"{one['enrolled']} enrolled, same people", one)
        for one in report.get("enrolment_same_people", ())
    ]
    for name, part in parts:
        rows += [_rate_row(name, part, far) for far in part["rates"]]
    return rows


def _rate_row(name: str, part: Mapping[str, Any], far: str) -> Row:
    rate = part["rates"][far]
    remarks = [] if rate["sure"] else ["fewer than 30 impostors decide"]
    if not rate["resolved"]:
        remarks = ["too few impostors: FAR 0 was taken"]
    return {
        "protocol": name,
        "people": part["people"],
        "genuine": part["genuine"],
        "impostors": part["impostors"],
        "EER": percent(part["eer"]),
        "FAR": far_text(far),
        "FRR": percent(rate["frr"]),
        "95 % exact": percents(rate["exact"]),
        "95 % over people": percents(rate["people"]),
        "with failures": percent(rate.get("frr_with_failures")),
        "remark": ", ".join(remarks),
    }


def quality_rows(report: Mapping[str, Any]) -> list[Row]:
    """Errors by rejected share."""
    rows: list[Row] = []
    for name, steps in report.get("quality", {"curves": {}})["curves"].items():
        rows += [_quality_row(name, steps[0], step) for step in steps]
    return rows


def _quality_row(name: str, start: Mapping[str, Any], step: Mapping[str, Any]) -> Row:
    gone = start["genuine"] - step["genuine"]
    share = (start["errors"] - step["errors"]) / gone if gone else None
    return {
        "protocol": name,
        "rejected": percent(step["rejected"]),
        "least quality": f"{step['least_quality']:.2f}",
        "genuine": step["genuine"],
        "errors": step["errors"],
        "FRR": percent(step["frr"]),
        "95 % exact": percents(step["exact"]),
        "FRR of the rejected": percent(share),
        "FAR": f"{step['far']:.2g}",
        "FRR at the same FAR": percent(step["frr_at_far"]),
    }


def spread_rows(report: Mapping[str, Any]) -> list[Row]:
    """Errors over people."""
    return [
        {
            "protocol": part["protocol"],
            "rate": kind.upper(),
            "people": spread["people"],
            "mean": percent(spread["mean"]),
            "worst tenth": percent(spread["worst_tenth"]),
            "if all were alike": percent(spread["by_chance"]),
            "worst person": percent(spread["worst"]),
            "people without an error": percent(spread["untouched"]),
        }
        for part in report.get("fairness", ())
        for kind, spread in part["spread"].items()
    ]


def group_rows(report: Mapping[str, Any]) -> list[Row]:
    """Errors by group, where groups were given."""
    return [
        {
            "protocol": part["protocol"],
            "group": group["group"],
            "people": group["people"],
            "FRR": percent(group["frr"]),
            "FRR 95 % exact": percents(group["frr_exact"]),
            "genuine": group["genuine"],
            "FAR within": percent(group["far_within"]),
            "FAR 95 % exact": percents(group["far_exact"]),
            "impostors": group["impostors"],
        }
        for part in report.get("fairness", ())
        for group in part["groups"]
    ]


def tables(report: Mapping[str, Any]) -> list[list[Row]]:
    """Every table that has a row, in the order of reading."""
    made = [
        about_rows(report),
        rate_rows(report),
        quality_rows(report),
        spread_rows(report),
        group_rows(report),
    ]
    return [table for table in made if table]


def percent(share: float | None) -> str:
    """A share in [0, 1] for people; "" for None."""
    return "" if share is None else f"{100 * share:.2f} %"


def percents(pair: Sequence[float] | None) -> str:
    """An interval of shares for people; "" for None."""
    return "" if pair is None else f"{100 * pair[0]:.2f}-{100 * pair[1]:.2f} %"


def far_text(far: str) -> str:
    """A rate as papers write it: "0.001" -> "1e-3"."""
    mantissa, _, exponent = f"{float(far):.0e}".partition("e")
    exact = float(f"{float(far):.0e}") == float(far)
    return f"{mantissa}e{int(exponent)}" if exact else far


def _pair(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [_rounded(interval.low), _rounded(interval.high)]


def _rounded(value: float) -> float:
    return round(value, 6)

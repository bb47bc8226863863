"""The report of the decision over frames, as JSON and as rows of a table. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.evaluation.accuracy_report import Section
from models.evaluation.sequences import Outcome, Rate
from models.scoring.calibration import Calibration

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setup:
    """What was measured, and what it was measured on."""

    embedder: str
    model_id: str
    precision: str
    detector: str
    data: str
    people: int
    """With a template."""
    enrolled: int
    """Pictures of each template."""
    frames: int
    """Of each clip."""
    fps: float
    photos: int
    """Of people with a template, beside those enrolled."""
    clips: int
    """Played: all photos or a sample of them, less `failures`."""
    failures: int
    """Photos in which no face was found, so that there is no clip of them."""
    seconds: float
    versions: Mapping[str, str]


def sequences_json(
    outcomes: Mapping[str, Sequence[Outcome]], setup: Setup, calibration: Calibration
) -> Json:
    """One JSON object; `outcomes` by kind of visit."""
    return {
        "protocol": "sequences",
        "embedder": setup.embedder,
        "model_id": setup.model_id,
        "precision": setup.precision,
        "detector": setup.detector,
        "data": setup.data,
        "calibration": {
            "kind": calibration.provenance.kind,
            "data": calibration.provenance.data,
            "date": calibration.provenance.date,
        },
        "people": setup.people,
        "enrolled": setup.enrolled,
        "frames": setup.frames,
        "fps": setup.fps,
        "photos": setup.photos,
        "clips": setup.clips,
        "failures": setup.failures,
        "visits": {
            kind: {one.level.name: _outcome_json(one) for one in each}
            for kind, each in outcomes.items()
        },
        "seconds": round(setup.seconds, 1),
        "versions": dict(setup.versions),
    }


def sequences_rows(report: Mapping[str, Any]) -> list[dict[str, object]]:
    """What a person reads of `sequences_json`: one row for each kind of visit and level."""
    return [
        {
            "visit": kind,
            "security": level,
            "FAR asked": f"{made['far']:.0e}",
            "FAR": _far(made["false_accepts"]),
            "FRR": _share(made["false_rejects"]),
            "one frame, same FAR": _percent(made["frame_frr_at_same_far"]),
            "one frame at its threshold": f"FAR {made['frame_false_accepts']['share']:.1e}, "
            f"FRR {_percent(made['frame_false_rejects']['share'])}",
            "frames": f"{made['frames_median']:g}, 90 %: {made['frames_p90']:g}",
        }
        for kind, levels in report["visits"].items()
        for level, made in levels.items()
    ]


def sequences_headline(report: Mapping[str, Any]) -> str:
    """What was measured, in a sentence."""
    known = report["calibration"]
    return (
        f"{report['embedder']} ({report['precision']}), {report['detector']}: "
        f"{report['people']} people of {report['data']}, {report['enrolled']} pictures enrolled, "
        f"{report['clips']} clips of {report['photos']} photos, each {report['frames']} frames at "
        f"{report['fps']:g} a second, "
        f"{report['failures']} photos unreadable or without a face; "
        f"calibration {known['kind']}: {known['data']}"
    )


def sequences_section(report: Mapping[str, Any]) -> Section:
    """Of the page of accuracy."""
    known = report["calibration"]
    text = (
        f"Clips made of photos, judged as `verify` judges a camera: {report['people']} people, "
        f"{report['enrolled']} pictures enrolled, {report['clips']} clips of {report['photos']} "
        f"photos, {report['frames']} frames each at {report['fps']:g} a second; "
        f"{report['failures']} photos unreadable or without a face gave no clip. The thresholds "
        f"are of the calibration that ships ({known['kind']}: {known['data']}, {known['date']}). "
        "Where those are the pictures of this page, FAR is that on people it was fitted on. "
        f"Alone: `facelatch evaluate sequences --images DIR --embedder {report['embedder']}`."
    )
    return Section("Decision over frames", text, sequences_rows(report))


def _outcome_json(outcome: Outcome) -> Json:
    frames = outcome.frames if outcome.frames.size else np.array([0.0])
    return {
        "far": outcome.level.far,
        "threshold": round(outcome.threshold, 5),
        "false_accepts": _rate_json(outcome.false_accepts),
        "false_rejects": _rate_json(outcome.false_rejects),
        "frame_false_accepts": _rate_json(outcome.frame_false_accepts),
        "frame_false_rejects": _rate_json(outcome.frame_false_rejects),
        "frame_frr_at_same_far": outcome.frame_frr_at_same_far,
        "frames_median": float(np.median(frames)),
        "frames_p90": float(np.percentile(frames, 90)),
    }


def _rate_json(rate: Rate) -> Json:
    return {
        "errors": rate.errors,
        "trials": rate.trials,
        "share": rate.share,
        "exact": [rate.exact.low, rate.exact.high],
    }


def _far(rate: Mapping[str, Any]) -> str:
    return f"{rate['share']:.1e} ({rate['errors']} of {rate['trials']})"


def _share(rate: Mapping[str, Any]) -> str:
    return f"{_percent(rate['share'])} ({rate['errors']} of {rate['trials']})"


def _percent(share: float | None) -> str:
    return "no stranger got in" if share is None else f"{100 * share:.2f} %"

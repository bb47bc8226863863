"""The report of a race, as JSON and as rows of a table. Pure but for naming the machine."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.evaluation.speed.coldstart import ColdStart
from models.evaluation.speed.frames import FACE_HEIGHT
from models.evaluation.speed.race import Result
from models.evaluation.speed.summary import Summary, Timing
from models.evaluation.versions import processor, processor_features, versions

Json = dict[str, Any]

_OURS = ("following", "first_frame", "full_detection")
_STAGES = ("detect", "align", "embed", "decide")
_COLUMNS = (
    *("", "median", "p95", "mean", *_STAGES, "found", "times ours"),
    *("processor", "by processor"),
)
_TITLES = {
    "following": "Facelatch",
    "first_frame": "Facelatch, nobody followed yet",
    "full_detection": "Facelatch, whole frame searched each time",
    "howdy": "Howdy (shrinks to 320 lines, as it ships)",
    "howdy_full_frame": "Howdy (max_height = 0)",
    "mtcnn_tensorflow": "mtcnn + same embedder in TensorFlow",
}


@dataclass(frozen=True, slots=True)
class Report:
    """Results by label; `following`, `first_frame` and `full_detection` have figures, peers may
    not."""

    results: Mapping[str, Result]
    cold: ColdStart | None
    cold_problem: str

    def as_json(self) -> Json:
        """Milliseconds; ratios are a peer's mean over ours, whose frames are not all alike."""
        facts, ours = self.results["following"].facts, self._timing("following")
        return {
            "frame_ms": _summary(ours.frame_ms),
            "frame_ms_tracked": _optional(ours.tracked_ms),
            "frame_ms_tracked_embedded": _optional(ours.embedded_ms),
            "processor_ms": _optional(ours.processor_ms),
            "processor_ms_tracked": _optional(ours.processor_tracked_ms),
            "stages_ms": _stages(ours),
            "found": ours.found,
            "frames": ours.frames,
            "first_frame": _timed(self._timing("first_frame")),
            "full_detection": _timed(self._timing("full_detection")),
            "peers": {label: self._peer(result) for label, result in self._peers()},
            "embedder": facts["embedder"],
            "precision": facts["precision"],
            "model_id": facts["model_id"],
            "detector": facts["detector"],
            "frame": {"width": 640, "height": 480, "face_height": FACE_HEIGHT},
            "threads": 1,
            "cpu": processor(),
            "cpu_features": list(processor_features()),
            "cores": os.cpu_count(),
            "cold_start": self._cold(),
            "versions": versions("dlib-bin", "mtcnn", "tensorflow"),
        }

    def rows(self) -> list[dict[str, object]]:
        """One row for each contestant."""
        return [self._row(label, result) for label, result in self.results.items()]

    def remarks(self) -> Iterator[str]:
        """Lines below the table."""
        facts = self.results["following"].facts
        yield (
            f"embedder {facts['embedder']} ({facts['precision']}), detector {facts['detector']}, "
            f"{processor()}, one thread, milliseconds"
        )
        yield f"the processor has {', '.join(processor_features()) or 'nothing that is known here'}"
        ours = self._timing("following")
        if ours.tracked_ms is not None:
            yield f"a frame in which the face was followed: {_both(ours.tracked_ms)}"
        if ours.embedded_ms is not None:
            yield f"of these, one in which it was embedded: {_both(ours.embedded_ms)}"
        if ours.processor_tracked_ms is not None:
            yield f"the same by the processor's time: {_both(ours.processor_tracked_ms)}"
        yield "stages, processor, and how many times ours are of the means; the last two alike"
        if "mtcnn_tensorflow" in self.results:
            yield "mtcnn runs at its default smallest face of 20: it finds nothing at 40, 60 or 80"
        if self.cold:
            yield (
                f"facelatch verify from nothing: {self.cold.seconds:.2f} s, "
                f"{self.cold.resident_mb:.0f} MB resident"
            )
        elif self.cold_problem:
            yield f"facelatch verify could not be timed: {self.cold_problem}"
        for label, result in self._peers():
            if result.problem:
                yield f"{_TITLES.get(label, label)} did not run: {result.problem}"

    def _timing(self, label: str) -> Timing:
        timing = self.results[label].timing
        if timing is None:
            raise KeyError(label)
        return timing

    def _peers(self) -> Iterator[tuple[str, Result]]:
        return ((label, one) for label, one in self.results.items() if label not in _OURS)

    def _peer(self, result: Result) -> Json:
        if result.timing is None:
            return {"unavailable": result.problem}
        mean = result.timing.frame_ms.mean
        return {
            **_summary(result.timing.frame_ms),
            "ratio": round(mean / self._timing("following").frame_ms.mean, 2),
            "ratio_to_full_detection": round(
                mean / self._timing("full_detection").frame_ms.mean, 2
            ),
            "processor_ms": _optional(result.timing.processor_ms),
            "ratio_processor": _times(result.timing, self._timing("following")),
            "found": result.timing.found,
            "frames": result.timing.frames,
            "stages_ms": _stages(result.timing),
            "facts": dict(result.facts),
        }

    def _cold(self) -> Json | None:
        if self.cold is None:
            return {"unavailable": self.cold_problem} if self.cold_problem else None
        return {
            "seconds": round(self.cold.seconds, 3),
            "resident_mb": round(self.cold.resident_mb, 1),
            "runs": self.cold.runs,
        }

    def _row(self, label: str, result: Result) -> dict[str, object]:
        row: dict[str, object] = dict.fromkeys(_COLUMNS)
        row[""] = _TITLES.get(label, label)
        if result.timing is None:
            return row
        frame = result.timing.frame_ms
        ours = self._timing("following")
        ratio = frame.mean / ours.frame_ms.mean
        row |= {"median": _ms(frame.median), "p95": _ms(frame.p95), "mean": _ms(frame.mean)}
        row |= {stage: _ms(one.mean) for stage, one in result.timing.stages_ms.items()}
        row |= {"found": f"{result.timing.found} of {result.timing.frames}"}
        processor, times = result.timing.processor_ms, _times(result.timing, ours)
        if processor is not None and times is not None:
            row |= {"processor": _ms(processor.mean), "by processor": f"{times:.1f}"}
        return row | {"times ours": f"{ratio:.1f}"}


def _timed(timing: Timing) -> Json:
    return {
        "frame_ms": _summary(timing.frame_ms),
        "stages_ms": _stages(timing),
        "processor_ms": _optional(timing.processor_ms),
        "found": timing.found,
        "frames": timing.frames,
    }


def _times(timing: Timing, ours: Timing) -> float | None:
    """How many times our processor time `timing` takes."""
    if timing.processor_ms is None or ours.processor_ms is None:
        return None
    return round(timing.processor_ms.mean / max(ours.processor_ms.mean, 1e-9), 2)


def _stages(timing: Timing) -> Json:
    return {stage: _summary(summary) for stage, summary in timing.stages_ms.items()}


def _summary(summary: Summary) -> Json:
    return {
        "median": round(summary.median, 4),
        "p95": round(summary.p95, 4),
        "mean": round(summary.mean, 4),
    }


def _optional(summary: Summary | None) -> Json | None:
    return None if summary is None else _summary(summary)


def _both(summary: Summary) -> str:
    return f"mean {_ms(summary.mean)}, median {_ms(summary.median)}"


def _ms(value: float) -> str:
    return f"{value:.2f}"

"""Whether a quantised network may stand in for the float32 one: the same pictures through both."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.evaluation.folder import HEADLINE, FolderResult, Measured
from models.evaluation.folder_report import protocol_name
from models.evaluation.intervals import CONFIDENCE, Interval

FAR = 1e-3
MOST_LOST = 0.002
"""The largest rise of FRR at FAR 1e-3 that a quantised default may cost."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """FRR of int8 less FRR of float32, at FAR 1e-3 each."""

    protocol: str
    float32: float
    int8: float
    people: Interval | None
    """Of the difference, by bootstrap: the same people are drawn for both."""

    @property
    def lost(self) -> float:
        """Positive where int8 is worse."""
        return self.int8 - self.float32


def compare(float32: FolderResult, int8: FolderResult) -> tuple[Difference, ...]:
    """The difference in every protocol that both ran: all pairs, and three enrolled."""
    pairs = [(float32.all_pairs, int8.all_pairs), (_headline(float32), _headline(int8))]
    return tuple(
        Difference(
            protocol_name(full),
            full.rates.at(FAR).frr,
            small.rates.at(FAR).frr,
            _people(full, small),
        )
        for full, small in pairs
        if full is not None and small is not None and full.enrolled == small.enrolled
    )


def _headline(result: FolderResult) -> Measured | None:
    enrolled = result.enrolments
    return min(enrolled, key=lambda one: abs(one.enrolled - HEADLINE), default=None)


def _people(full: Measured, small: Measured) -> Interval | None:
    if full.rates.draws is None or small.rates.draws is None:
        return None
    column = [rate.asked for rate in full.rates.rates].index(FAR)
    lost = small.rates.draws[:, column] - full.rates.draws[:, column]
    if np.isnan(lost).any():
        return None
    tail = 50.0 * (1.0 - CONFIDENCE)
    low, high = np.percentile(lost, [tail, 100.0 - tail])
    return Interval(float(low), float(high))


def precision_json(
    differences: tuple[Difference, ...], reports: dict[str, Json], default: str
) -> Json:
    """One JSON object; `reports` are the folder reports by precision, `default` what runs."""
    within = all(one.lost <= MOST_LOST for one in differences)
    return {
        "protocol": "precision",
        "embedder": reports["int8"]["embedder"],
        "model_id": reports["int8"]["model_id"],
        "default": default,
        "at_far": FAR,
        "most_lost": MOST_LOST,
        "within": within,
        "differences": [
            {
                "protocol": one.protocol,
                "float32": round(one.float32, 6),
                "int8": round(one.int8, 6),
                "lost": round(one.lost, 6),
                "people": None
                if one.people is None
                else [round(one.people.low, 6), round(one.people.high, 6)],
            }
            for one in differences
        ],
        "reports": reports,
    }


def _beyond(lost: float) -> str:
    return "NO: int8 is worse" if lost > 0 else "no: int8 is better"


def precision_rows(report: Json) -> list[dict[str, object]]:
    """What a person reads of `precision_json`."""
    return [
        {
            "embedder": report["embedder"],
            "default": report["default"],
            "protocol": one["protocol"],
            "FAR": "1e-3",
            "FRR float32": f"{100 * one['float32']:.2f} %",
            "FRR int8": f"{100 * one['int8']:.2f} %",
            "int8 loses": f"{100 * one['lost']:+.2f} points",
            "95 % over people": ""
            if one["people"] is None
            else f"{100 * one['people'][0]:+.2f} to {100 * one['people'][1]:+.2f}",
            "within 0.2": "yes"
            if abs(one["lost"]) <= report["most_lost"]
            else _beyond(one["lost"]),
        }
        for one in report["differences"]
    ]

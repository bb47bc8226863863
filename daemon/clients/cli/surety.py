"""How outputs say how sure an answer is: the level, its rate, and where that is known from."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.scoring.calibration import Criterion


def to_json(criterion: "Criterion") -> dict[str, Any]:
    """The keys `security`, `far` and `calibration` of a JSON object."""
    return {
        "security": criterion.level.name,
        "far": criterion.level.far,
        "calibration": {
            "kind": criterion.calibration.provenance.kind,
            "data": criterion.calibration.provenance.data,
            "extrapolated": criterion.extrapolated,
        },
    }


def sentence(report: dict[str, Any]) -> str:
    """What `to_json` says, in a few words; `report` may hold other keys too, or no calibration."""
    promised = f"{report['security']}: FAR {report['far']:.1g}"
    origin = report.get("calibration")
    if origin is None:
        return promised
    known = "measured on" if origin["kind"] == "measured" else "NOT measured but published:"
    beyond = ", extrapolated" if origin["extrapolated"] else ""
    return f"{promised}, {known} {origin['data']}{beyond}"

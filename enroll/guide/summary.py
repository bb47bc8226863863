"""How good an enrolment is: a score, the misses to expect, and what would make it better."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from enroll.guide.prompts import POSES, Prompt
from enroll.guide.selection import length, lengths
from enroll.personal import assess, own_distances, twins
from enroll.template import DEFAULT_APPEARANCE, Appearance, Person
from models.scoring.calibration import Calibration
from models.scoring.security import Level

_MANY_MISSES = 0.05
_USELESS_MISSES = 0.25
"""Who is missed one time in four turns it off."""
_CLEAR_QUALITY = 0.8

# The curve of `expected_misses`.
_USUAL_FAR = 1e-4
_BASE, _VARIED, _FEW, _OVERLAP, _STRICT = -1.54, -3.7, -1.12, -0.75, 4.06
_STEEPEST = 30.0

_WAYS = {
    Prompt.TURN_LEFT: "turned left",
    Prompt.TURN_RIGHT: "turned right",
    Prompt.LOOK_UP: "turned up",
    Prompt.LOOK_DOWN: "turned down",
    Prompt.COME_CLOSER: "from near",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """What an appearance is worth at `level`. Advice: sentences for the person who enrolled."""

    score: float
    """0 to 1."""
    expected_misses: float
    """Share of the person's visits that would be missed, 0 to 1."""
    level: Level
    reaches: Level | None
    """The strictest level up to `level` that the appearance can keep, None for none."""
    threshold: float
    twins: tuple[str, ...]
    """Others who are enrolled and cannot be told from this person."""
    advice: tuple[str, ...]


def summarise(
    appearance: Appearance,
    *,
    quality: float,
    missing: Sequence[Prompt],
    others: Iterable[Person],
    calibration: Calibration,
    level: Level,
) -> Summary:
    """What `appearance` is worth.

    `quality` is the median of its pictures, in [0, 1]; `missing` are the poses not seen. Raises
    UsageError where the calibration does not reach `level`.
    """
    assessed = assess(appearance, quality=quality, others=(), calibration=calibration, level=level)
    misses = expected_misses(
        appearance, threshold=assessed.threshold, calibration=calibration, level=level
    )
    return Summary(
        score=_score(misses, quality, missing),
        expected_misses=misses,
        level=level,
        reaches=assessed.reaches,
        threshold=assessed.threshold,
        twins=tuple(twins(appearance, others, assessed.threshold, calibration)),
        advice=(
            *map(_sentence, assessed.remarks),
            *_of_the_network(calibration, level),
            *_advice(appearance, missing, misses),
        ),
    )


def expected_misses(
    appearance: Appearance, *, threshold: float, calibration: Calibration, level: Level
) -> float:
    """Share of visits on other days that `appearance` is expected to miss, 0 to 1.

    A logistic curve over how varied the pictures are, how strict the threshold is and how well the
    calibration tells people apart there. Its coefficients were fitted to enrolments by the guide
    from clips of one to four photos of 91 people of the LFW half, by two embedders at three levels;
    `facelatch evaluate enrolment` prints it beside what was missed.
    """
    # A network trained on few people is known to a lesser rate only.
    rate = max(_USUAL_FAR, calibration.lowest_far)
    usual = length(calibration.threshold(rate), appearance.metric)
    strict = usual / max(length(threshold, appearance.metric), 1e-3)
    overlap = -math.log(level.far) - calibration.evidence(calibration.threshold(level.far))
    own = own_distances(appearance)
    spread = float(lengths(own, appearance.metric).mean()) / usual if own.size else None
    varied = _FEW if spread is None else _VARIED * spread
    logit = _BASE + varied + _OVERLAP * overlap + _STRICT * strict
    return 1.0 / (1.0 + math.exp(-min(max(logit, -_STEEPEST), _STEEPEST)))


def _score(misses: float, quality: float, missing: Sequence[Prompt]) -> float:
    """Half for how seldom it will miss, a quarter each for poses and for good pictures."""
    reliable = max(1.0 - misses / _USELESS_MISSES, 0.0)
    seen = 1.0 - len(missing) / len(POSES)
    clear = min(max(quality, 0.0) / _CLEAR_QUALITY, 1.0)
    return reliable / 2 + seen / 4 + clear / 4


def _advice(appearance: Appearance, missing: Sequence[Prompt], misses: float) -> list[str]:
    advice = []
    turns = [_WAYS[one] for one in missing if one in _WAYS]
    if turns:
        advice.append(
            f"Not seen: your face {_listed(turns)}. Where you are not recognised, enrol another "
            "appearance and turn your head as asked."
        )
    if appearance.name == DEFAULT_APPEARANCE:
        advice.append("If you wear glasses now and then, add an appearance with them.")
    if misses > _MANY_MISSES:
        advice.append(
            "A second appearance, on another day or in other light, makes it miss you less often."
        )
    return advice


def _of_the_network(calibration: Calibration, level: Level) -> list[str]:
    """What is known of everybody with this network at `level`, where it is fit for nobody."""
    known = calibration.held_out.get(level.name)
    if known is None or known.usable:
        return []
    name = calibration.model_name
    fit = [other for other, one in calibration.held_out.items() if one.usable]
    wrong = (
        f"misses its owner in {known.frr:.0%} of looks"
        if known.kept
        else "lets in more strangers of some groups of people than it promises"
    )
    lower = f", or choose security {fit[0]}" if fit else ""
    return [
        f"With {name}, security {level.name} {wrong}: enrol with another embedder "
        f"(facelatch models fetch auto){lower}."
    ]


def _sentence(remark: str) -> str:
    return f"{remark[:1].upper()}{remark[1:]}."


def _listed(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last

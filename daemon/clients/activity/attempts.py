"""The daemon's history as attempts, refused ones among them. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any

from daemon.api import Verdict
from daemon.clients.activity.reasons import why
from daemon.clients.i18n import _, several
from models.text import one_line

_UNLOCKED, _DENIED = "unlocked", "denied"
_SAME_SECONDS = 60.0
"""An unlocking follows the attempt that led to it within this time, also on a busy computer."""
_LONGEST = 80


class Sign(StrEnum):
    """What an attempt is shown as."""

    UNLOCKED = "unlocked"
    RECOGNISED = "recognised"
    REFUSED = "refused"
    UNSURE = "unsure"
    DENIED = "denied"
    """No camera was asked."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, in words. `distance` and `threshold` are both there or both None."""

    at: datetime
    sign: Sign
    why: str
    service: str = ""
    session: str = ""
    distance: float | None = None
    threshold: float | None = None
    milliseconds: float = 0.0

    @property
    def verdict(self) -> str:
        """What came out, for a person."""
        return {
            Sign.UNLOCKED: _("Unlocked"),
            Sign.RECOGNISED: _("Recognised"),
            Sign.REFUSED: _("Not recognised"),
            Sign.UNSURE: _("Could not tell"),
            Sign.DENIED: _("No attempt"),
        }[self.sign]

    @property
    def line(self) -> str:
        """Why, and for what it was asked."""
        if not self.service:
            return self.why
        return _("{why} Asked by {service}.").format(why=self.why, service=self.service)


def read(decisions: Iterable[Mapping[str, Any]], *, zone: tzinfo | None = None) -> list[Attempt]:
    """The attempts of a History's decisions, newest first, in local time or that of `zone`.

    The attempt that led to an unlocking and the unlocking are one. What is no decision is left out.
    """
    attempts: list[Attempt] = []
    for decision in decisions:
        attempt = _attempt(decision, zone)
        if attempt is None:
            continue
        if attempts and _belongs(attempts[-1], attempt):
            attempt = _joined(attempts.pop(), attempt)
        attempts.append(attempt)
    return attempts[::-1]


def summary(attempts: Sequence[Attempt]) -> str:
    """How many there were of each kind, in a line."""
    counts = Counter(one.sign for one in attempts)
    yes = counts[Sign.UNLOCKED] + counts[Sign.RECOGNISED]
    rest = len(attempts) - yes - counts[Sign.REFUSED]
    words = [
        several("{count} attempt", "{count} attempts", len(attempts)).format(count=len(attempts)),
        _("{count} recognised").format(count=yes),
        _("{count} refused").format(count=counts[Sign.REFUSED]),
    ]
    if rest:
        words.append(_("{count} undecided").format(count=rest))
    return " · ".join(words)


_SIGNS = {
    Verdict.MATCHED.value: Sign.RECOGNISED,
    Verdict.NOT_MATCHED.value: Sign.REFUSED,
    Verdict.UNDECIDED.value: Sign.UNSURE,
    _UNLOCKED: Sign.UNLOCKED,
    _DENIED: Sign.DENIED,
}


def _attempt(decision: Mapping[str, Any], zone: tzinfo | None) -> Attempt | None:
    sign = _SIGNS.get(str(decision.get("verdict")))
    at = _time(decision.get("time"), zone)
    if sign is None or at is None:
        return None
    distance, threshold = _number(decision.get("distance")), _number(decision.get("threshold"))
    measured = distance is not None and threshold is not None and threshold > 0
    return Attempt(
        at,
        sign,
        why(str(decision.get("reason", ""))),
        service=_word(decision.get("service")),
        session=_word(decision.get("session")),
        distance=distance if measured else None,
        threshold=threshold if measured else None,
        milliseconds=_number(decision.get("milliseconds")) or 0.0,
    )


def _belongs(appearance: Attempt, unlocking: Attempt) -> bool:
    return (
        (appearance.sign, unlocking.sign) == (Sign.RECOGNISED, Sign.UNLOCKED)
        and appearance.session == unlocking.session
        and 0 <= (unlocking.at - appearance.at).total_seconds() <= _SAME_SECONDS
    )


def _joined(appearance: Attempt, unlocking: Attempt) -> Attempt:
    measured = unlocking if unlocking.distance is not None else appearance
    return Attempt(
        unlocking.at,
        Sign.UNLOCKED,
        unlocking.why,
        service=appearance.service,
        session=appearance.session,
        distance=measured.distance,
        threshold=measured.threshold,
        milliseconds=appearance.milliseconds or unlocking.milliseconds,
    )


def _time(value: Any, zone: tzinfo | None) -> datetime | None:
    seconds = _number(value)
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    except (ValueError, OverflowError, OSError):
        return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def _word(value: Any) -> str:
    return one_line(str(value or ""), _LONGEST)

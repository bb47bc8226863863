"""Decisions that last: one look is no evidence, neither for life nor against it. Pure."""

import math

from models.liveness.fusion import Decision

LIVE_SECONDS = 0.1
"""For so long the cues must say "live" without a break."""
DENIED_SECONDS = 1.0
"""For so long they must call it an attack before an attempt ends for it."""
DOUBT_SECONDS = 2.0
"""For so long after they called it an attack, nothing is live."""


class Lasting:
    """Follows what is decided about one face, frame by frame, at times in seconds that rise."""

    def __init__(self) -> None:
        self._live_since = self._denied_since = math.inf
        self._denied_last = -math.inf
        self._time = -math.inf

    def begin_anew(self) -> None:
        """Another face: all is forgotten but that an attack was seen."""
        self._live_since = self._denied_since = math.inf

    def see(self, time: float, decision: Decision) -> None:
        """What is decided about the frame at `time`."""
        denied, live = decision == "not live", decision == "live"
        self._time = time
        self._denied_since = min(self._denied_since, time) if denied else math.inf
        self._live_since = min(self._live_since, time) if live else math.inf
        if denied:
            self._denied_last = time

    @property
    def live(self) -> bool:
        """Whether it has been living for long enough, and no attack before."""
        lasts = self._time - self._live_since >= LIVE_SECONDS
        return lasts and self._time - self._denied_last >= DOUBT_SECONDS

    @property
    def denied(self) -> bool:
        """Whether it has been an attack for long enough."""
        return self._time - self._denied_since >= DENIED_SECONDS

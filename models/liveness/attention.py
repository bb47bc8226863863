"""Whether somebody looks at the screen: a sleeping owner, or one who looks away, opens nothing.

This cue never calls a face an attack. It withholds: nothing can be decided until the eyes are open
and turned this way. Off by a setting, for people who need that.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal

from models.errors import ImageError
from models.liveness.evidence import CueEvidence, Observation, no_evidence
from models.liveness.eyes import EyeReader, Eyes

Gaze = Literal["open", "closed", "averted"]

_STRAIGHT = -0.01
_MOST_UP = 0.12
_FOLLOWS_HEAD = 0.25
"""By how many widths of an eye the iris moves back while the head turns by a radian and the eyes
stay where they look."""
_MOST_INWARD, _CROSSED_DOWN = 0.12, -0.05
"""Eyes that look at their own nose are turned inward and not up. Chosen on the one woman of the
labelled clips who does so; of the others nobody's are turned inward further than 0.05."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Between eyes that look this way and others, in widths of an eye, as `Eyes` has them.

    Chosen on labelled frames of the shared clips (docs/liveness.md, section on attention).
    """

    shut: float = 0.24
    """Less is closed."""
    lowered: float = 0.28
    """The opening less how far the irises are down: lids follow eyes that look down. Of people who
    look at a phone or a screen under the camera it is 0.3 and more."""
    aside: float = 0.08


_LEAST_PRESENCE = 0.5

_LATEST = 5
"""Samples that count, a second and a half: most of it is longer than a blink (0.1 to 0.4 s)."""
_FEWEST = 2


def gaze(eyes: Eyes, limits: Limits = Limits()) -> Gaze:
    """What the eyes of one frame do; `open` also means: turned to the camera."""
    if eyes.opening < limits.shut:
        return "closed"
    aside = eyes.aside + _FOLLOWS_HEAD * eyes.yaw - _STRAIGHT
    level = eyes.down >= -_MOST_UP and eyes.opening - eyes.down >= limits.lowered
    crossed = eyes.inward > _MOST_INWARD and eyes.down > _CROSSED_DOWN
    return "open" if level and abs(aside) <= limits.aside and not crossed else "averted"


class Attention:
    """The attention cue; satisfies `models.liveness.evidence.Cue`."""

    def __init__(self, reader: EyeReader) -> None:
        self._reader = reader
        self.reset()

    @property
    def name(self) -> str:
        """`attention`."""
        return "attention"

    def reset(self) -> None:
        """Forgets the face."""
        self._seen: deque[Gaze] = deque(maxlen=_LATEST)

    def observe(self, observation: Observation) -> None:
        """Reads the eyes where the observation has a mesh."""
        mesh = observation.mesh
        if mesh is None or mesh.presence < _LEAST_PRESENCE:
            return
        try:
            self._seen.append(gaze(self._reader.read(observation.image, mesh)))
        except ImageError:
            return

    def evidence(self) -> CueEvidence:
        """`looks`, or withheld with `eyes-closed` or `looks-away`: what most of the samples say.

        No evidence, `eyes-unseen`, where the eyes could not be read.
        """
        if len(self._seen) < _FEWEST:
            return no_evidence(self.name, "eyes-unseen")
        away = [one for one in self._seen if one != "open"]
        if 2 * len(away) < len(self._seen):
            return CueEvidence(self.name, 0.0, "looks")
        closed = 2 * away.count("closed") >= len(away)
        reason = "eyes-closed" if closed else "looks-away"
        return CueEvidence(self.name, 0.0, reason, withholds=True)

"""What a liveness cue is shown and what it answers.

A cue looks at one face over time and answers with a log-likelihood ratio: the natural logarithm of
how much likelier its observations are of a living face than of an attack (a print, a screen).
A cue denies: what speaks against life may weigh much, what speaks for it little, since an attack
that a cue does not see looks like life to it.
"""

import math
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from models.types import Detection, Image

MOST_FOR_LIFE = 2.0
"""Largest log-likelihood ratio of one cue: no cue is a proof."""
MOST_AGAINST = -8.0
"""Smallest log-likelihood ratio of one cue."""

NO_RELIEF, FLAT = "no-relief", "flat"
"""Reasons of the depth cue: the face moved, or turned, and was not seen to be no plane."""
CAMERA_MOVES = "all-moves"
"""Reason of the surroundings cue: everything moves in the picture, so that a face that moves in it
need not have moved itself."""

MeshPoints: TypeAlias = npt.NDArray[np.float32]
"""468 x 3, float32: x, y in pixels of the frame, z in the same unit, larger further away."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A face in three dimensions, as `models.liveness.mesh` finds it."""

    points: MeshPoints
    presence: float
    """Probability that there is a face, in [0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One frame and the face in it that is judged."""

    time: float
    """Seconds, of any clock that does not run backwards; what the source of the frames says."""
    image: Image
    face: Detection
    others: tuple[Detection, ...] = ()
    """The other faces of the frame."""
    mesh: Mesh | None = None
    """Not every frame has one: it costs more than the other parts."""


@dataclass(frozen=True, slots=True)
class CueEvidence:
    """What a cue says about all it has seen of one face.

    `llr` is brought into [MOST_AGAINST, MOST_FOR_LIFE]; it is 0 where nothing is known.
    Raises ValueError where it is no number.
    """

    cue: str
    """Name of the cue."""
    llr: float
    """Natural logarithm of P(observed | living) / P(observed | attack)."""
    reason: str
    """One key in lower case with hyphens, such as `flat` or `no-motion`; put in words elsewhere."""
    known: bool = True
    """False for "no evidence": the cue could not look, or has not seen enough."""
    withholds: bool = False
    """True where nothing can be told about this face whatever other cues say: eyes closed, mouth
    and nose covered. Speaks neither for an attack nor for life."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.llr):
            raise ValueError(f"the cue {self.cue} gave {self.llr}")
        bounded = min(max(self.llr, MOST_AGAINST), MOST_FOR_LIFE) if self.known else 0.0
        object.__setattr__(self, "llr", bounded)


def no_evidence(cue: str, reason: str) -> CueEvidence:
    """The answer of a cue that cannot tell, and why."""
    return CueEvidence(cue, 0.0, reason, known=False)


class Cue(Protocol):
    """One way to tell a living face from a picture of one. Shown one face in order of time."""

    @property
    def name(self) -> str:
        """A word in lower case, such as `texture`."""
        ...

    def observe(self, observation: Observation) -> None:
        """Looks at one frame. Cheap where it has nothing to do: it is called for every frame."""
        ...

    def evidence(self) -> CueEvidence:
        """What all frames since the last `reset` say."""
        ...

    def reset(self) -> None:
        """Forgets the face: another one is shown next."""
        ...

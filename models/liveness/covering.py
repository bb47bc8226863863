"""Whether mouth and nose are covered: then nothing can be told, and the words are "uncover".

A mask differs from the forehead in colour, and where the lips should be it has no other colour than
around them. A mask in the colour of the skin is not found by this, nor one in an infrared picture.
"""

from collections import deque

import cv2
import numpy as np
import numpy.typing as npt

from models.liveness.evidence import CueEvidence, MeshPoints, Observation, no_evidence
from models.types import Image

# Points of the mesh.
_FOREHEAD = (10, 151, 9, 8, 107, 336, 108, 337, 69, 299, 67, 297)
_LOWER_FACE = (164, 200, 199, 18, 83, 313, 204, 424, 57, 287, 205, 425, 203, 423)
_LIPS = (13, 14, 0, 17, 11, 12, 15, 16, 87, 317, 82, 312)

# Of chroma, in CIE Lab as OpenCV scales it. Among the shared clips the masked have 12.8 and more
# and 2.2 and less; fourteen living people 8.9 and less, or else 3.5 and more (docs/liveness.md).
_MOST_ALIKE = 11.0
_LEAST_LIPS = 3.0
_LEAST_CHROMA = 4.0
"""Below it the picture has no colour to speak of: infrared, or grey."""

_LATEST = 5
_FEWEST = 2
_FEWEST_POINTS = 6

Colours = npt.NDArray[np.float64]


class Covering:
    """The cue of a covered face; satisfies `models.liveness.evidence.Cue`."""

    def __init__(self) -> None:
        self.reset()

    @property
    def name(self) -> str:
        """`covering`."""
        return "covering"

    def reset(self) -> None:
        """Forgets the face."""
        self._covered: deque[bool] = deque(maxlen=_LATEST)

    def observe(self, observation: Observation) -> None:
        """Compares colours where the observation has a mesh."""
        if observation.mesh is None:
            return
        covered = is_covered(observation.image, observation.mesh.points)
        if covered is not None:
            self._covered.append(covered)

    def evidence(self) -> CueEvidence:
        """`uncovered`, or withheld with `covered`: what at least half of the latest samples say.

        No evidence, `colours-unseen`, where there is too little to compare.
        """
        if len(self._covered) < _FEWEST:
            return no_evidence(self.name, "colours-unseen")
        if 2 * sum(self._covered) < len(self._covered):
            return CueEvidence(self.name, 0.0, "uncovered")
        return CueEvidence(self.name, 0.0, "covered", withholds=True)


def is_covered(image: Image, points: MeshPoints) -> bool | None:
    """Whether mouth and nose are covered in one frame; None where it cannot be said."""
    parts = [_chroma(image, points, part) for part in (_FOREHEAD, _LOWER_FACE, _LIPS)]
    forehead, lower, lips = parts
    if forehead is None or lower is None or lips is None:
        return None
    if max(float(np.hypot(*forehead)), float(np.hypot(*lower))) < _LEAST_CHROMA:
        return None
    unlike = float(np.hypot(*(forehead - lower)))
    return unlike > _MOST_ALIKE and float(np.hypot(*(lips - lower))) < _LEAST_LIPS


def _chroma(image: Image, points: MeshPoints, part: tuple[int, ...]) -> Colours | None:
    """Median a and b of the pixels at these points, 0 for grey; None where few are in the frame."""
    places = points[list(part), :2]
    places = places[np.isfinite(places).all(axis=1)].round()
    height, width = image.shape[:2]
    inside = ((places >= 0) & (places < (width, height))).all(axis=1)
    x, y = places[inside].astype(int).T
    if len(x) < _FEWEST_POINTS:
        return None
    lab = cv2.cvtColor(image[y, x][None], cv2.COLOR_BGR2LAB)[0].astype(np.float64)
    return np.asarray(np.median(lab[:, 1:], axis=0) - 128)

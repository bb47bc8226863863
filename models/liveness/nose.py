"""How a head turns and nods, by where the tip of its nose lies between eyes and mouth. Pure.

A flat picture, held up to 40 degrees any way, moves the nose by less than `TURN` or `NOD`; a head
does by some ten degrees across and fifteen down.
"""

import math

from models.liveness.face_frame import FaceFrame
from models.types import Landmarks

TURN = 0.25
"""Of the nose's tip across, beyond where it was at rest: see `posed`. Some ten degrees."""
NOD = 0.3
"""Down or up, some fifteen degrees."""
NOSE_DEPTH = 0.3
"""Of the nose's tip before the plane of eyes and mouth, in eye distances."""


def posed(landmarks: Landmarks) -> tuple[float, float, float]:
    """Turn, nod and size as `models.liveness.challenge.Facts` has them, of an unmirrored frame.

    Turn and nod are off by what a face's nose differs from the usual one: compare them with those
    of the same face at rest. All nan where the landmarks are no usable face.
    """
    face = FaceFrame.of(landmarks)
    if face is None:
        return math.nan, math.nan, math.nan
    across, down = face.inside(landmarks[2:3])[0] / NOSE_DEPTH
    return float(across), float(down), face.unit

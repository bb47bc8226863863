"""Rendered clips shown to cues, the face's landmarks known where the drawing puts them."""

from collections.abc import Iterable

import numpy as np

from models.liveness.evidence import Cue, Observation
from models.synthetic.attacks import RenderedClip
from models.types import Box, Detection, Image, Landmarks

# Where the landmarks of a face are with its eyes one unit apart, about the middle of the eyes.
_FACE = np.array([[-0.5, 0.0], [0.5, 0.0], [0.0, 0.57], [-0.4, 1.0], [0.4, 1.0]], np.float32)


def face_at(x: float, y: float, eyes: float) -> Detection:
    """A face whose eyes are `eyes` pixels apart around (x, y)."""
    landmarks: Landmarks = (_FACE * eyes + np.array([x, y])).astype(np.float32)
    box = Box(x - 1.1 * eyes, y - 1.0 * eyes, x + 1.1 * eyes, y + 1.8 * eyes)
    return Detection(box, 0.99, landmarks)


def show(cue: Cue, frames: Iterable[Image], face: Detection, *, fps: float = 30.0) -> None:
    for index, frame in enumerate(frames):
        show_at(cue, frame, face, index / fps)


def show_at(cue: Cue, frame: Image, face: Detection, time: float) -> None:
    cue.observe(Observation(time, frame, face))


def show_clip(cue: Cue, clip: RenderedClip, *, eyes: float) -> None:
    """`clip` made with `eyes`, whose face stays about the middle of the frame."""
    width, height = clip.size
    show(cue, clip, face_at(width / 2, height / 2 - 0.25 * eyes, eyes))

"""What every conversion must show before it is installed, on the two built-in portraits.

The portraits are moved, turned, lit, blurred and made noisy. The float32 network must reproduce
Keras, or nothing is installed; a quantised one must agree with the float32 one, or float32 runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models import alignment
from models.assets.runtime import Network
from models.embedders.spec import EmbedderSpec
from models.synthetic.drawing import CLIP_SIZE, Pose, compose, indoor_scene
from models.synthetic.portraits import OWNER, STRANGER, Portrait, portrait_subject, random_pose
from models.types import Array, Box, Image, Landmarks

FLOAT_TOLERANCE = 1e-4
"""Largest difference from Keras, in units of the largest output where that is above 1.

Processors add up in different orders. Without AVX-512 resnet, facenet, mobilefacenet, mbf and
sface differ by 8e-6 at most, their embeddings at length 1 by 2.3e-6.
"""
MIN_COSINE = 0.995
"""Least cosine between the outputs of a quantised network and of the float32 one."""
_VIEWS = 24
_SEED = 2
_JITTER = 1.0  # pixels of the frame by which a detector misses a landmark

# The five landmarks in the portraits' own pixels, as the PyPI package `mtcnn` finds them.
_LANDMARKS: tuple[tuple[Portrait, tuple[tuple[int, int], ...]], ...] = (
    (OWNER, ((204, 100), (245, 102), (224, 126), (202, 139), (244, 140))),
    (STRANGER, ((220, 190), (308, 186), (268, 237), (232, 277), (304, 273))),
)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One frame with one face: H x W x 3 BGR, and where the face is in it."""

    frame: Image
    box: Box
    landmarks: Landmarks


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well two networks agree over all inputs."""

    difference: float
    """Largest difference of an output, in units of the largest output where that is above 1."""
    cosine: float
    """Smallest cosine between two outputs; -1 where an output is not finite."""


def views(count: int = _VIEWS) -> list[View]:
    """Each portrait before a camera, `count` times, the same ones in every call."""
    rng = np.random.default_rng(_SEED)
    return [
        _view(portrait, np.array(points, dtype=np.float32), rng)
        for _ in range(count)
        for portrait, points in _LANDMARKS
    ]


def chips(spec: EmbedderSpec, count: int = _VIEWS) -> list[Array]:
    """What the embedder is given in each of the views: 1 x size x size x 3 RGB float32, 0..255."""
    aligned = [
        alignment.align(view.frame, view.landmarks, spec.reference, spec.size, stretch=spec.stretch)
        for view in views(count)
    ]
    return [chip[None, :, :, ::-1].astype(np.float32) for chip in aligned]


def outputs(content: bytes, inputs: Sequence[Array]) -> list[Array]:
    """What the LiteRT network in `content` answers for each input, flattened."""
    network = Network(content)
    return [_flat(network.run(batch)) for batch in inputs]


def keras_outputs(network: object, inputs: Sequence[Array]) -> list[Array]:
    """What a Keras model answers for each input, flattened."""
    import tensorflow as tf

    if not callable(network):
        raise TypeError("not a Keras model")
    # Traced once for each shape: layer by layer in Python most of the time is Keras's own.
    traced = tf.function(network)
    return [_flat([np.asarray(traced(batch, training=False))]) for batch in inputs]


def agreement(ours: Sequence[Array], reference: Sequence[Array]) -> Agreement:
    """Compares outputs input by input; both are lists of 1-D arrays of the same lengths."""
    pairs = list(zip(ours, reference, strict=True))
    if not pairs or not all(np.isfinite(a).all() and np.isfinite(b).all() for a, b in pairs):
        return Agreement(difference=float("inf"), cosine=-1.0)
    largest = max(float(np.abs(b).max()) for _, b in pairs)
    difference = max(float(np.abs(a - b).max()) for a, b in pairs)
    return Agreement(difference / max(largest, 1.0), min(_cosine(a, b) for a, b in pairs))


def _cosine(a: Array, b: Array) -> float:
    x, y = a.astype(np.float64), b.astype(np.float64)
    length = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / length if length > 0 else -1.0


def _flat(arrays: Sequence[npt.NDArray[np.floating]]) -> Array:
    return np.concatenate([np.ravel(array) for array in arrays]).astype(np.float32)


def _view(portrait: Portrait, points: Landmarks, rng: np.random.Generator) -> View:
    pose = random_pose(rng)
    scene = indoor_scene(CLIP_SIZE, int(rng.integers(4)))
    frame = compose(portrait_subject(portrait), pose, scene, rng)
    landmarks = _placed(points, portrait.face, pose)
    landmarks += rng.normal(0, _JITTER, landmarks.shape).astype(np.float32)
    half = pose.face_height / 2
    width = half * portrait.face.width / portrait.face.height
    box = Box(pose.x - width, pose.y - half, pose.x + width, pose.y + half)
    return View(frame, box, landmarks)


def _placed(points: Landmarks, face: Box, pose: Pose) -> Landmarks:
    """Where `points` of a portrait come to lie when its face is drawn in `pose`."""
    scale = pose.face_height / face.height
    angle = np.deg2rad(pose.angle)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centre = np.array([(face.left + face.right) / 2, (face.top + face.bottom) / 2])
    moved = scale * (points - centre) @ turn.T + np.array([pose.x, pose.y])
    return np.asarray(moved, dtype=np.float32)

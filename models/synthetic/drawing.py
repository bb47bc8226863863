"""Draws a person before a camera: pure functions, so that a clip is the same each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from models.alignment import check_image
from models.errors import ImageError, UsageError
from models.types import Box, Image

Size = tuple[int, int]
"""Width, height in pixels."""

CLIP_SIZE: Size = (640, 480)
MIN_SIDE, MAX_SIDE = 64, 4096
"""Bounds of a drawn frame's sides, in pixels."""

# A subject is kept no larger than drawing needs: shrinking while drawing would alias.
_MAX_FACE_HEIGHT = 200.0
# Photographs end at the waist; what a camera would show below is more of the same clothes.
_MORE_BELOW = 0.4
_GRAIN_SIGMA = 32.0
_GRAIN_MARGIN = 64


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A person cut out: H x W x 4 uint8, colour already multiplied by the fourth, its alpha."""

    cutout: npt.NDArray[np.uint8]
    face: Box


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the face is, in pixels of the frame, and what the camera makes of it."""

    x: float
    """Centre of the face."""
    y: float
    face_height: float
    angle: float = 0.0
    """Degrees, counter-clockwise."""
    gain: float = 1.0
    """Brightness: 0 is dark, 1 as photographed, at most 2."""
    warmth: float = 0.0
    """Share moved from blue to red."""
    side_light: float = 0.0
    """Share by which the right border is brighter than the middle, and the left darker."""
    blur: float = 0.0
    """Sigma of the lens, pixels."""
    noise: float = 0.0
    """Sigma of the sensor, grey levels."""


def guessed_face(image: Image) -> Box:
    """Where the face lies in a usual portrait, for pictures whose face nobody measured."""
    height, width = image.shape[:2]
    side = 0.4 * min(height, width)
    x, y = width / 2, 0.45 * height
    return Box(x - 0.4 * side, y - side / 2, x + 0.4 * side, y + side / 2)


def cut_out(
    image: Image, *, face: Box | None = None, outline: Sequence[tuple[int, int]] = ()
) -> Subject:
    """A subject of `image` (H x W x 3 BGR): what `outline` encloses, or all of it.

    Edges are soft. Raises ImageError for an unusable picture or a face box under 8 px.
    """
    check_image(image)
    face = face or guessed_face(image)
    if not min(face.width, face.height) >= 8:  # so that nan is refused too
        raise ImageError("the face is too small to make a clip of", "8 px is the least")
    image, face, points = _shrunk(image, face, np.array(outline, dtype=np.float32))
    more = round(_MORE_BELOW * image.shape[0]) if len(points) else 0
    alpha = _alpha(image.shape[:2], points, more)
    longer = cv2.copyMakeBorder(image, 0, more, 0, 0, cv2.BORDER_REFLECT_101)
    colour = cv2.multiply(longer, cv2.merge((alpha, alpha, alpha)), scale=1 / 255)
    cutout = cv2.merge((*cv2.split(colour), alpha))
    return Subject(np.asarray(cutout, dtype=np.uint8), face)


def _shrunk(
    image: Image, face: Box, points: npt.NDArray[np.float32]
) -> tuple[Image, Box, npt.NDArray[np.float32]]:
    factor = min(_MAX_FACE_HEIGHT / face.height, 1.0)
    if factor == 1.0:
        return image, face, points
    height, width = (max(round(side * factor), 1) for side in image.shape[:2])
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    box = Box(face.left * factor, face.top * factor, face.right * factor, face.bottom * factor)
    return np.asarray(small, dtype=np.uint8), box, points * np.float32(factor)


def _alpha(
    shape: tuple[int, ...], points: npt.NDArray[np.float32], more: int
) -> npt.NDArray[np.uint8]:
    height, width = shape[0], shape[1]
    alpha = np.zeros((height + more, width), dtype=np.uint8)
    if len(points):
        reach = points.copy()
        reach[reach[:, 1] >= height - 2, 1] += more
        cv2.fillPoly(alpha, [np.rint(reach).astype(np.int32)], 255)
        edge = 1.5
    else:
        # A photograph without an outline fades into what is drawn behind it.
        edge = max(min(height, width) / 40, 1.0)
        margin = round(2 * edge)
        alpha[margin : height - margin, margin : width - margin] = 255
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), edge), dtype=np.uint8)


@lru_cache(maxsize=4)
def indoor_scene(size: Size = CLIP_SIZE, seed: int = 0) -> Image:
    """A plain room without a person (H x W x 3): a wall, a window's light, a door, a shelf."""
    width, height = checked_size(size)
    rng = np.random.default_rng(seed)
    across, down = np.linspace(0, 1, width)[None], np.linspace(0, 1, height)[:, None]
    glow = np.exp(-((across - rng.uniform(0.1, 0.3)) ** 2 + (down - 0.3) ** 2) / 0.12)
    level = 118 + 70 * glow - 28 * down
    room = np.empty((height, width, 3), dtype=np.uint8)
    for channel, share in enumerate((0.93, 1.0, 1.04)):
        room[..., channel] = np.clip(level * share, 0, 255)
    unit = height / 480
    door = round(width * rng.uniform(0.72, 0.8))
    room[round(90 * unit) :, door : door + round(110 * unit)] = (70, 92, 116)
    shelf = round(height * rng.uniform(0.2, 0.26))
    room[shelf : shelf + round(14 * unit), : round(width * 0.3)] = (62, 84, 104)
    # The camera focuses on the person, not on the room.
    soft = cv2.GaussianBlur(room, (0, 0), 4 * unit)
    soft.setflags(write=False)
    return np.asarray(soft, dtype=np.uint8)


def backdrop(image: Image, size: Size = CLIP_SIZE) -> Image:
    """The colours of `image` spread over a frame of `size`, blurred beyond recognition."""
    check_image(image)
    # Ten patches across keep no face; what is enlarged from them is smooth.
    patches = cv2.resize(image, (10, 8), interpolation=cv2.INTER_AREA)
    spread = cv2.resize(patches, checked_size(size), interpolation=cv2.INTER_CUBIC)
    return np.asarray(spread, dtype=np.uint8)


def compose(
    subject: Subject | None, pose: Pose, scene: Image, rng: np.random.Generator | None = None
) -> Image:
    """One frame: `subject` before `scene` (H x W x 3) as the camera of `pose` sees it.

    `rng` chooses the grain of the noise; without one there is no noise.
    """
    frame = scene if subject is None else _over(scene, subject, pose)
    frame = np.asarray(cv2.multiply(frame, _light(frame, pose), scale=1 / 127), dtype=np.uint8)
    if pose.blur > 0.2:
        frame = np.asarray(cv2.GaussianBlur(frame, (5, 5), pose.blur), dtype=np.uint8)
    if rng is not None and pose.noise > 0:
        frame = _grainy(frame, pose.noise, rng)
    return frame


def _over(scene: Image, subject: Subject, pose: Pose) -> Image:
    face = subject.face
    centre = ((face.left + face.right) / 2, (face.top + face.bottom) / 2)
    matrix = cv2.getRotationMatrix2D(centre, pose.angle, pose.face_height / face.height)
    matrix[:, 2] += np.array([pose.x - centre[0], pose.y - centre[1]])
    height, width = scene.shape[:2]
    layer = cv2.warpAffine(subject.cutout, matrix, (width, height), flags=cv2.INTER_LINEAR)
    behind = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(layer, 3)), cv2.COLOR_GRAY2BGR)
    rest = cv2.multiply(scene, behind, scale=1 / 255)
    return np.asarray(cv2.add(rest, cv2.cvtColor(layer, cv2.COLOR_BGRA2BGR)), dtype=np.uint8)


def _light(frame: Image, pose: Pose) -> Image:
    """What each pixel is multiplied by, in units of 1/127."""
    ramp = 1 + pose.side_light * np.linspace(-1, 1, frame.shape[1])
    tint = pose.gain * np.array([1 - pose.warmth, 1.0, 1 + pose.warmth])
    row = np.clip(127 * ramp[:, None] * tint, 0, 255).astype(np.uint8)
    return np.repeat(row[None], frame.shape[0], axis=0)


def _grainy(frame: Image, sigma: float, rng: np.random.Generator) -> Image:
    # A window of one large noise picture costs a tenth of new random numbers for each frame.
    height, width = frame.shape[:2]
    x, y = rng.integers(0, _GRAIN_MARGIN, size=2)
    window = _grain(width, height)[y : y + height, x : x + width]
    share = sigma / _GRAIN_SIGMA
    return np.asarray(cv2.addWeighted(frame, 1.0, window, share, -128 * share), dtype=np.uint8)


@lru_cache(maxsize=2)
def _grain(width: int, height: int) -> Image:
    shape = (height + _GRAIN_MARGIN, width + _GRAIN_MARGIN, 3)
    drawn = np.random.default_rng(1).normal(128, _GRAIN_SIGMA, shape)
    return np.clip(np.rint(drawn), 0, 255).astype(np.uint8)


def checked_size(size: Size) -> Size:
    """`size` if both sides are within bounds; raises UsageError."""
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in size):
        raise UsageError(
            f"a frame of {size[0]} x {size[1]} pixels",
            f"each side must be {MIN_SIDE} to {MAX_SIDE}",
        )
    return size

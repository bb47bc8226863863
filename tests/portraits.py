"""The built-in portraits as tests want them: whole, or varied at random."""

import numpy as np

from models.synthetic.drawing import (
    CLIP_SIZE,
    Size,
    backdrop,
    compose,
    cut_out,
    indoor_scene,
)
from models.synthetic.portraits import (
    OWNER,
    STRANGER,
    Portrait,
    Range,
    load_portrait,
    portrait_subject,
    random_pose,
)
from models.types import Box, Image


def owner_portrait() -> Image:
    """The owner's picture (512 x 512 x 3 BGR); raises NotInstalledError, ImageError."""
    return load_portrait(OWNER)


def stranger_portrait() -> Image:
    """The stranger's picture (600 x 512 x 3 BGR); raises NotInstalledError, ImageError."""
    return load_portrait(STRANGER)


def vary(
    image: Image,
    rng: np.random.Generator,
    *,
    size: Size = CLIP_SIZE,
    face: Box | None = None,
    face_height: Range = (110.0, 170.0),
) -> Image:
    """`image` (H x W x 3 BGR) moved, scaled, turned, lit, blurred and made noisy at random.

    `face` is the face's box in `image`, guessed in the middle without one; it is drawn
    `face_height` pixels high in a frame of `size`. The same `rng` state gives the same picture.
    Raises ImageError for an unusable picture, UsageError for a size or height out of bounds.
    """
    pose = random_pose(rng, size=size, face_height=face_height)
    return compose(cut_out(image, face=face), pose, backdrop(image, size), rng)


def vary_portrait(
    portrait: Portrait,
    rng: np.random.Generator,
    *,
    size: Size = CLIP_SIZE,
    face_height: Range = (110.0, 170.0),
) -> Image:
    """As `vary` (H x W x 3 BGR), with the person of `portrait` cut out and put into a room."""
    pose = random_pose(rng, size=size, face_height=face_height)
    room = indoor_scene(size, int(rng.integers(4)))
    return compose(portrait_subject(portrait), pose, room, rng)

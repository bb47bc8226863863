"""Two public-domain portraits that come inside PyPI packages, and how to move and light a person.

The owner of the demo is Eileen Collins (scikit-image's `astronaut.png`, NASA), the stranger is
Grace Hopper (matplotlib's `grace_hopper.jpg`, US Navy). Neither package is imported for them.
Everything that draws is a pure function of its arguments, so that a clip is the same each time.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from models.assets import shipped
from models.errors import ImageError, NotInstalledError, UsageError
from models.synthetic.drawing import (
    CLIP_SIZE,
    Pose,
    Size,
    Subject,
    checked_size,
    cut_out,
)
from models.types import Box, Image

Range = tuple[float, float]


def _points(pairs: str) -> tuple[tuple[int, int], ...]:
    """ "1,2 3,4" as points."""
    return tuple((int(x), int(y)) for x, y in (pair.split(",") for pair in pairs.split()))


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture inside a PyPI package. `face` and `outline` are in its pixels."""

    who: str
    package: str
    """Import name."""
    distribution: str
    path: str
    size: Size
    face: Box
    outline: tuple[tuple[int, int], ...]
    """Silhouette of the person, so that she can be put before another background."""


OWNER = Portrait(
    who="Eileen",
    package="skimage",
    distribution="scikit-image",
    path="data/astronaut.png",
    size=(512, 512),
    face=Box(182, 64, 265, 171),
    outline=_points(
        "201,23 185,38 163,51 153,68 157,104 170,116 174,128 182,132 182,147 153,151 140,158 "
        "123,178 121,205 110,206 90,227 76,235 62,250 44,282 26,342 25,374 19,390 26,479 "
        "23,511 511,511 511,483 501,482 501,455 495,452 493,421 478,384 455,361 436,351 "
        "406,344 361,345 352,286 347,282 340,262 303,233 289,203 257,174 257,160 264,149 "
        "266,137 275,134 290,117 300,92 296,58 288,43 276,31 251,19 227,16"
    ),
)

STRANGER = Portrait(
    who="Grace",
    package="matplotlib",
    distribution="matplotlib",
    path="mpl-data/sample_data/grace_hopper.jpg",
    size=(512, 600),
    face=Box(178, 110, 351, 330),
    outline=_points(
        "218,31 215,43 197,49 181,64 175,85 158,102 150,104 148,140 153,175 152,205 158,235 "
        "166,270 176,288 194,298 195,321 165,344 121,360 80,368 61,380 53,381 47,387 38,411 "
        "28,421 27,459 11,599 511,599 511,427 503,426 492,393 471,380 422,366 365,342 331,314 "
        "331,296 340,269 352,268 361,262 367,236 371,134 365,89 351,86 348,71 335,56 313,44 "
        "300,43 281,27 249,23"
    ),
)


def portrait_path(portrait: Portrait) -> Path:
    """Where the picture lies: in its package, found without importing that, else beside all
    packages (`models.assets.shipped`). Raises NotInstalledError.
    """
    found = find_spec(portrait.package)
    folders = (found.submodule_search_locations if found else None) or ()
    places = [Path(folder, portrait.path) for folder in folders]
    for path in (*places, shipped.portraits() / Path(portrait.path).name):
        if path.is_file():
            return path
    raise NotInstalledError(
        f"the demo's portrait {portrait.path} of {portrait.distribution} is not on this machine",
        f"run: pip install {portrait.distribution}",
    )


def load_portrait(portrait: Portrait) -> Image:
    """The picture of `portrait` (H x W x 3 BGR); raises NotInstalledError, ImageError."""
    path = portrait_path(portrait)
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None or image.shape[1::-1] != portrait.size:
        raise ImageError(
            f"{path} is not the portrait that {portrait.distribution} used to bring",
            f"run: pip install --force-reinstall {portrait.distribution}",
        )
    return np.asarray(image, dtype=np.uint8)


@lru_cache(maxsize=4)
def portrait_subject(portrait: Portrait) -> Subject:
    """The person of `portrait`, cut out; raises NotInstalledError, ImageError."""
    return cut_out(load_portrait(portrait), face=portrait.face, outline=portrait.outline)


def random_pose(
    rng: np.random.Generator, *, size: Size = CLIP_SIZE, face_height: Range = (110.0, 170.0)
) -> Pose:
    """A pose a person before a webcam may take, the whole face inside a frame of `size`.

    `face_height` in pixels. Raises UsageError for a size or height out of bounds.
    """
    width, height = checked_size(size)
    lowest, highest = face_height
    if not 8 <= lowest <= highest <= height:
        raise UsageError(
            f"a face {lowest:g} to {highest:g} px high", f"choose from 8 to {height}, rising"
        )
    tall = float(rng.uniform(lowest, highest))
    return Pose(
        x=_within(rng, width, 0.6 * tall),
        y=_within(rng, height, 0.7 * tall),
        face_height=tall,
        angle=float(rng.uniform(-8, 8)),
        gain=float(rng.uniform(0.7, 1.25)),
        warmth=float(rng.uniform(-0.08, 0.08)),
        side_light=float(rng.uniform(-0.35, 0.35)),
        blur=float(rng.uniform(0, 1.2)),
        noise=float(rng.uniform(1, 6)),
    )


def _within(rng: np.random.Generator, length: int, margin: float) -> float:
    """A place on `length` pixels at least `margin` from both ends, mostly around the middle."""
    reach = max(length / 2 - margin, 0.0)
    return float(length / 2 + 0.6 * reach * rng.uniform(-1, 1))

"""Pictures that a browser sends: bounded, checked before they are decoded, in memory only."""

import cv2
import numpy as np

from daemon.sources.headers import is_picture, picture_size
from models.errors import ImageError
from models.types import Image

MOST_BYTES = 8 * 1024 * 1024
_MOST_PIXELS = 40_000_000
_LEAST_SIDE, _MOST_SIDE = 32, 1600
"""A longer side is shrunk: no network sees more of a face."""


def decode(content: bytes) -> Image:
    """The picture in `content`, H x W x 3 BGR, at most 1600 pixels wide or high.

    Raises ImageError for what is too large, no picture, damaged, or would unpack to too much.
    """
    if not content:
        raise ImageError("no picture was sent")
    if len(content) > MOST_BYTES:
        raise ImageError(f"the file is too large: at most {MOST_BYTES >> 20} MiB")
    if not is_picture(content):
        raise ImageError("this is no picture, whatever its name says", "send JPEG, PNG or WebP")
    size = picture_size(content)
    if size is None:
        raise ImageError("the picture is damaged", "save it anew from its original")
    width, height = size
    if width * height > _MOST_PIXELS:
        raise ImageError(f"the picture has {width} x {height} pixels; at most 40 million")
    if min(width, height) < _LEAST_SIDE:
        raise ImageError(f"the picture has {width} x {height} pixels: too few for a face")
    return _shrunk(_decoded(content))


def _decoded(content: bytes) -> Image:
    try:
        image = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise ImageError("the picture is damaged", "save it anew from its original")
    return np.asarray(image, dtype=np.uint8)


def _shrunk(image: Image) -> Image:
    scale = _MOST_SIDE / max(image.shape[:2])
    if scale >= 1.0:
        return image
    size = (max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

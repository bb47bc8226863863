"""Colour is told from none on rendered pictures, as cameras of either kind send them."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.colour import has_colour
from models.synthetic.drawing import indoor_scene
from models.types import Image
from tests.portraits import owner_portrait


def _grey(image: Image) -> Image:
    """As an infrared sensor has it, whatever format it is sent in."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def _through_jpeg(image: Image) -> Image:
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def _through_yuv(image: Image) -> Image:
    packed = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
    return np.asarray(cv2.cvtColor(packed, cv2.COLOR_YUV2BGR_I420), np.uint8)


def _dark(image: Image, share: float = 0.15) -> Image:
    return np.asarray(image * share, np.uint8)


def _only_a_face_is_lit() -> Image:
    picture = np.zeros((480, 640, 3), np.uint8)
    face = cv2.resize(owner_portrait(), (160, 120))
    picture[100:220, 200:360] = face
    return picture


@pytest.mark.parametrize(
    "render",
    [owner_portrait, indoor_scene, lambda: _through_jpeg(owner_portrait()), _only_a_face_is_lit],
    ids=["portrait", "room", "JPEG", "a face alone"],
)
def test_what_a_colour_camera_shows_has_colour(render: Callable[[], Image]) -> None:
    assert has_colour(render())


@pytest.mark.parametrize("render", [owner_portrait, indoor_scene], ids=["portrait", "room"])
def test_what_an_infrared_camera_shows_has_none(render: Callable[[], Image]) -> None:
    grey = _grey(render())
    noise = np.random.default_rng(3).normal(0, 6, grey.shape[:2])[..., None]
    noisy = np.clip(grey + noise, 0, 255).astype(np.uint8)
    for sent in (grey, noisy, _through_jpeg(noisy), _through_yuv(noisy), _dark(grey)):
        assert not has_colour(sent)


def test_noise_of_one_channel_here_and_there_is_no_colour() -> None:
    grey = _grey(indoor_scene())
    grey[::97, ::89, 0] ^= 0xFF
    assert not has_colour(grey)


def test_the_limits() -> None:
    """A black picture and a grey scene show nothing of a colour camera; a tint is a colour."""
    assert not has_colour(np.zeros((480, 640, 3), np.uint8))
    assert not has_colour(np.full((480, 640, 3), 180, np.uint8))
    tint: npt.NDArray[np.float64] = _grey(indoor_scene()) * np.array([1.0, 0.8, 0.7])
    assert has_colour(tint.astype(np.uint8))

"""How much detail a face's picture really holds, whatever its size.

A small picture that was enlarged has as many pixels as a large one, and nothing in them. Pure.

Both measures look at the box as an embedder's chip shows it, not at the frame.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from models.geometry import pixels
from models.middle import median
from models.types import Box, Image

CHIP_FACE = 80
"""Pixels across a face in a chip of 112; a face that is wider in the frame is reduced to it."""

_STEPS_ACROSS = 2 * CHIP_FACE
# Cycles a pixel. A face of 30 pixels that was enlarged to 80 has nothing beyond 0.19.
_COARSE, _FINE = (0.04, 0.10), (0.18, 0.26)
_FLOOR = 100.0  # of spectral power: of rounding to whole levels of grey
_LEAST_SIDE = 16
_REPEATED = 0.6
"""Share of steps: of a picture that repeats each pixel three times two in three are nothing."""
_LEAST_STEP = 0.1  # of grey: where a picture is flat nothing is told by its steps

Grey = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Waves = npt.NDArray[np.complex64]


def fineness(image: Image, box: Box) -> float:
    """Mean logarithm (natural) of the spectral power of fine detail in `box`, less that of coarse.

    Whatever the light: about -4 for a sharp face, -5.5 to -6.5 for one that was enlarged from 30
    pixels by interpolation or is as blurred as that. 0 for a box that holds too little to tell.
    """
    import cv2

    face = _face(image, box, CHIP_FACE)
    if min(face.shape) < _LEAST_SIDE:
        return 0.0
    window, down, across, coarse, fine = _tables(*face.shape)
    centred = (face - np.float32(cv2.mean(face)[0])) * window
    # Of the spectrum only the places that count: two products of matrices, not a whole transform.
    spectrum = down @ (centred @ across)
    said = np.log(spectrum.real**2 + spectrum.imag**2 + np.float32(_FLOOR))
    return float(said[fine].mean() - said[coarse].mean())


def repetition(image: Image, box: Box) -> float:
    """How little neighbouring rows and columns in `box` differ beside the steps between them.

    In [0, 1]: about 0.7 for a picture, towards 0 for one that was enlarged by repeating pixels.
    The less regular direction counts. 1 for a box that holds too little to tell.
    """
    import cv2

    face = _face(image, box, _STEPS_ACROSS)
    if min(face.shape) < _LEAST_SIDE:
        return 1.0
    rows, columns = cv2.absdiff(face[1:], face[:-1]), cv2.absdiff(face[:, 1:], face[:, :-1])
    steps_down = cv2.reduce(rows, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)
    steps_across = cv2.reduce(columns, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)
    return max(
        _evenness(np.asarray(steps, dtype=np.float32).ravel())
        for steps in (steps_down, steps_across)
    )


def _evenness(steps: npt.NDArray[np.float32]) -> float:
    """Median over places of the usual step around each, beside the largest there."""
    reach = max(steps.size // 24, 3)
    ordered = np.sort(steps[_places(steps.size, reach)], axis=1)
    usual, largest = ordered[:, int(_REPEATED * reach * 2)], ordered[:, -1]
    evenness = np.where(largest > _LEAST_STEP, usual / np.maximum(largest, 1e-6), 1.0)
    return median(evenness)


@lru_cache(maxsize=48)
def _places(count: int, reach: int) -> npt.NDArray[np.intp]:
    """For each of `count` places those within `reach` of it, mirrored at the ends, one row each."""
    padded = np.pad(np.arange(count), reach, mode="reflect")
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1))


@lru_cache(maxsize=32)
def _tables(height: int, width: int) -> tuple[Floats, Waves, Waves, Flags, Flags]:
    """A Hann window; the Fourier transform of columns and of rows, for those frequencies that
    count; and which places of such a spectrum are coarse and fine detail.
    """
    window = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    across = np.fft.rfftfreq(width)
    across = across[across < _FINE[1]]
    down = np.fft.fftfreq(height)
    down = down[np.abs(down) < _FINE[1]]
    frequency = np.hypot(down[:, None], across[None])
    coarse, fine = ((frequency >= low) & (frequency < high) for low, high in (_COARSE, _FINE))
    return window, _waves(down, height), _waves(across, width).T.copy(), coarse, fine


def _waves(frequencies: npt.NDArray[np.floating], length: int) -> Waves:
    """One wave a row, of each of `frequencies` in cycles a pixel, `length` pixels long."""
    turns = frequencies[:, None] * np.arange(length)
    return np.asarray(np.exp(-2j * np.pi * turns), dtype=np.complex64)


def _face(image: Image, box: Box, width: int) -> Grey:
    """What `box` holds in grey, reduced to `width` where it is wider; empty outside the frame."""
    import cv2

    left, top, right, bottom = pixels(box, image.shape)
    crop = image[top:bottom, left:right]
    if min(crop.shape[:2]) < 1:
        return np.zeros((0, 0), dtype=np.uint8)
    # Averaging a huge face costs milliseconds; a sample of it tells the same.
    step = max(crop.shape[1] // (4 * width), 1)
    grey = cv2.cvtColor(np.ascontiguousarray(crop[::step, ::step]), cv2.COLOR_BGR2GRAY)
    scale = width / grey.shape[1]
    if scale < 1.0:
        size = (width, max(round(grey.shape[0] * scale), 1))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, dtype=np.uint8)

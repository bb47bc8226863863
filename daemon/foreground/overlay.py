"""Draws what was recognised onto a frame: for the live window and the demo's contact sheet."""

import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np

from daemon.recognition.matcher import FaceMatch, Observation
from models.types import Image

Colour: TypeAlias = tuple[int, int, int]

_OWNER: Colour = (96, 190, 60)
_STRANGER: Colour = (60, 90, 235)
_UNUSABLE: Colour = (170, 170, 170)
_INK: Colour = (245, 245, 245)
_PAPER: Colour = (42, 36, 32)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
# The bar spans this many thresholds, so that the tick stands at two thirds of it.
_BAR_SPAN = 1.5


def draw(image: Image, observation: Observation, threshold: float) -> Image:
    """A copy of `image` with box, landmarks, name, distance and a bar of the threshold."""
    canvas = image.copy()
    for face in observation.faces:
        colour = _colour(face)
        _draw_face(canvas, face, colour)
        _draw_bar(canvas, face, threshold, colour)
        _label(canvas, face, colour)
    return canvas


def contact_sheet(
    tiles: Sequence[tuple[str, Image]], *, columns: int = 2, width: int = 480
) -> Image:
    """Pictures of any size in a grid, each `width` pixels wide with its caption below."""
    rendered = [_tile(caption, picture, width) for caption, picture in tiles]
    height = max((tile.shape[0] for tile in rendered), default=1)
    blank = np.full((height, width, 3), _PAPER, dtype=np.uint8)
    cells = [_padded(tile, blank) for tile in rendered]
    cells += [blank] * (-len(cells) % columns)
    rows = [np.hstack(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    return np.asarray(np.vstack(rows) if rows else blank, dtype=np.uint8)


def plain(text: str) -> str:
    """`text` in the characters that OpenCV's fonts have; accents fall away, the rest is '?'."""
    decomposed = unicodedata.normalize("NFKD", text)
    base = "".join(char for char in decomposed if not unicodedata.combining(char))
    return base.encode("ascii", "replace").decode()


def _colour(face: FaceMatch) -> Colour:
    if not face.usable:
        return _UNUSABLE
    return _OWNER if face.matched else _STRANGER


def _draw_face(canvas: Image, face: FaceMatch, colour: Colour) -> None:
    box = face.detection.box
    corners = (round(box.left), round(box.top)), (round(box.right), round(box.bottom))
    cv2.rectangle(canvas, corners[0], corners[1], colour, 2, cv2.LINE_AA)
    if face.detection.landmarks_measured:
        for x, y in face.detection.landmarks:
            cv2.circle(canvas, (round(float(x)), round(float(y))), 3, colour, -1, cv2.LINE_AA)


def _draw_bar(canvas: Image, face: FaceMatch, threshold: float, colour: Colour) -> None:
    box = face.detection.box
    left, right, top = round(box.left), round(box.right), round(box.bottom) + 6
    share = min(face.distance / (threshold * _BAR_SPAN), 1.0)
    tick = round(left + (right - left) / _BAR_SPAN)
    cv2.rectangle(canvas, (left, top), (right, top + 8), _PAPER, -1)
    cv2.rectangle(canvas, (left, top), (round(left + share * (right - left)), top + 8), colour, -1)
    cv2.line(canvas, (tick, top - 3), (tick, top + 11), _INK, 2)


def _label(canvas: Image, face: FaceMatch, colour: Colour) -> None:
    box = face.detection.box
    if face.usable:
        distance = f"{face.distance:.2f}" if np.isfinite(face.distance) else "-"
        text = f"{plain(face.name or 'not recognised')}  {distance}"
    else:
        text = plain(next(iter(face.quality.reasons), "not usable"))
    (width, height), _ = cv2.getTextSize(text, _FONT, 0.55, 1)
    left = max(min(round(box.left), canvas.shape[1] - width - 8), 0)
    bottom = max(round(box.top) - 6, height + 8)
    cv2.rectangle(canvas, (left, bottom - height - 8), (left + width + 8, bottom), colour, -1)
    cv2.putText(canvas, text, (left + 4, bottom - 5), _FONT, 0.55, _INK, 1, cv2.LINE_AA)


def _tile(caption: str, picture: Image, width: int) -> Image:
    height = max(round(picture.shape[0] * width / picture.shape[1]), 1)
    scaled = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    strip = np.full((32, width, 3), _PAPER, dtype=np.uint8)
    cv2.putText(strip, plain(caption), (10, 21), _FONT, 0.5, _INK, 1, cv2.LINE_AA)
    return np.asarray(np.vstack([scaled, strip]), dtype=np.uint8)


def _padded(tile: Image, blank: Image) -> Image:
    cell = blank.copy()
    cell[: tile.shape[0]] = tile
    return cell

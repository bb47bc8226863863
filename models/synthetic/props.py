"""What an attacker holds before a camera: paper, cards and devices, drawn as flat pictures."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.synthetic.relief import EYES_MM, Surface
from models.types import Array, Image, Landmarks

_MOST_PX = 900  # of a prop's longer side

Pixels = tuple[int, int, int, int]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Prop:
    """A thing of `mm` (width, height) whose picture area is `area` of it, in shares.

    `rim` is the colour around the picture, `eyes_mm` how far apart the shown eyes are.
    """

    mm: tuple[float, float]
    area: tuple[float, float, float, float]
    rim: tuple[int, int, int]
    eyes_mm: float
    held: bool = True
    """Whether fingers are seen at its side."""
    emits: bool = False
    """A screen shines and has a grid of pixels."""


PRINT = Prop((210.0, 297.0), (0.05, 0.05, 0.95, 0.95), (235, 238, 240), EYES_MM)
CARD = Prop((85.6, 54.0), (0.06, 0.22, 0.36, 0.86), (205, 215, 190), 9.0)
PHONE = Prop((72.0, 150.0), (0.04, 0.05, 0.96, 0.95), (24, 22, 22), 20.0, emits=True)
TABLET = Prop((170.0, 245.0), (0.06, 0.06, 0.94, 0.94), (20, 20, 20), 45.0, emits=True)
MONITOR = Prop(
    (540.0, 320.0), (0.02, 0.03, 0.98, 0.95), (18, 18, 20), EYES_MM, held=False, emits=True
)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A prop as a surface, and where its picture lies on it in pixels."""

    surface: Surface
    area: Pixels


def held(prop: Prop, shown: Image, face: tuple[float, float], rng: np.random.Generator) -> Held:
    """`prop` showing `shown` (see `content`); turns about `face`, shares of the picture area."""
    scale = _MOST_PX / max(prop.mm)
    size = (round(prop.mm[0] * scale), round(prop.mm[1] * scale))
    canvas = np.full((size[1], size[0], 3), prop.rim, dtype=np.uint8)
    if prop is CARD:
        _print_card(canvas, rng)
    area = (
        round(prop.area[0] * size[0]),
        round(prop.area[1] * size[1]),
        round(prop.area[2] * size[0]),
        round(prop.area[3] * size[1]),
    )
    insert(canvas, area, shown)
    picture, left, top = _with_fingers(canvas, rng) if prop.held else (_opaque(canvas), 0, 0)
    x = left + area[0] + face[0] * (area[2] - area[0])
    y = top + area[1] + face[1] * (area[3] - area[1])
    height = np.zeros((8, 8), dtype=np.float32)
    surface = Surface(picture, height, (x, y), 1.0 / scale)
    return Held(surface, (area[0] + left, area[1] + top, area[2] + left, area[3] + top))


def insert(canvas: npt.NDArray[np.uint8], area: Pixels, shown: Image) -> None:
    """Puts `shown` into `area` of `canvas`, in place."""
    left, top, right, bottom = area
    fitted = cv2.resize(shown, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    canvas[top:bottom, left:right, :3] = fitted


def content(
    image: Image, landmarks: Landmarks, prop: Prop, *, most: int = 480
) -> tuple[Image, tuple[float, float]]:
    """What `prop` shows of a photo, so that its eyes are `eyes_mm` apart; and where the face is.

    The face's place is in shares of the picture. The picture is at most `most` pixels a side.
    """
    wide = prop.mm[0] * (prop.area[2] - prop.area[0])
    high = prop.mm[1] * (prop.area[3] - prop.area[1])
    pixels = most / max(wide, high)
    eyes = landmarks[:2].mean(axis=0)
    apart = max(float(np.hypot(*(landmarks[1] - landmarks[0]))), 1.0)
    scale = prop.eyes_mm * pixels / apart
    place = (0.5, 0.42)
    matrix = np.array(
        [
            [scale, 0.0, place[0] * wide * pixels - scale * eyes[0]],
            [0.0, scale, place[1] * high * pixels - scale * eyes[1]],
        ]
    )
    shown = cv2.warpAffine(
        image,
        matrix,
        (round(wide * pixels), round(high * pixels)),
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(shown, dtype=np.uint8), place


def on_screen(shown: Image, gamma: float, tint: tuple[float, float, float], grid: float) -> Image:
    """How a screen shows it: `gamma` of the panel, `tint` of its white, `grid` between pixels.

    `grid` in [0, 1] is by how much every second column and row of the picture is darker; seen
    from afar it makes moiré, as far as the drawing's own sampling does.
    """
    levels = 255.0 * (np.arange(256) / 255.0)[:, None] ** gamma * np.array(tint)
    table = np.clip(levels, 0, 255).astype(np.uint8)[None]
    lit = cv2.LUT(shown, table)
    if grid > 0.0:
        lit[:, ::2] = cv2.convertScaleAbs(lit[:, ::2], alpha=1.0 - grid)
        lit[::2] = cv2.convertScaleAbs(lit[::2], alpha=1.0 - grid / 2)
    return np.asarray(lit, dtype=np.uint8)


def bend(surface: Surface, depth: float, *, along: float) -> Surface:
    """`surface` bent about an axis turned by `along` radians; `depth` mm from middle to rim."""
    cells = 48
    axis = np.linspace(-1.0, 1.0, cells, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    across = x * np.cos(along) + y * np.sin(along)
    height: Array = np.asarray(depth * (1.0 - across**2), dtype=np.float32)
    return Surface(surface.picture, height, surface.centre, surface.mm)


def _opaque(canvas: Image) -> npt.NDArray[np.uint8]:
    alpha = np.full(canvas.shape[:2], 255, dtype=np.uint8)
    return np.asarray(cv2.merge((*cv2.split(canvas), alpha)), dtype=np.uint8)


def _print_card(canvas: Image, rng: np.random.Generator) -> None:
    """Lines of print and a pattern of many colours, as on an identity card."""
    height, width = canvas.shape[:2]
    wave = np.sin(np.arange(width) / 9.0)[None, :] * np.cos(np.arange(height) / 13.0)[:, None]
    canvas[:] = np.clip(canvas + 12 * wave[..., None], 0, 255).astype(np.uint8)
    cv2.rectangle(canvas, (0, 0), (width, round(0.15 * height)), (140, 70, 40), -1)
    for row in range(6):
        y = round((0.28 + 0.1 * row) * height)
        x = round(0.42 * width)
        while x < 0.9 * width:
            length = int(rng.integers(10, 50))
            cv2.rectangle(canvas, (x, y), (x + length, y + 10), (60, 50, 50), -1)
            x += length + 12


def _with_fingers(
    canvas: Image, rng: np.random.Generator
) -> tuple[npt.NDArray[np.uint8], int, int]:
    """`canvas` with a hand's fingers over one or both of its sides: RGBA, and where it lies."""
    height, width = canvas.shape[:2]
    margin = round(0.09 * max(height, width))
    wide = cv2.copyMakeBorder(_opaque(canvas), margin, margin, margin, margin, cv2.BORDER_CONSTANT)
    skin = tuple(int(level) for level in np.array([110, 140, 190]) * rng.uniform(0.5, 1.1))
    finger = (round(0.75 * margin), round(0.3 * margin))
    sides = [0, 1] if rng.random() < 0.5 else [int(rng.integers(2))]
    for side in sides:
        x = margin + (width if side else 0)
        low = margin + rng.uniform(0.55, 0.7) * height
        for number in range(1 if side == sides[0] else 3):
            centre = (x, round(low + 0.8 * margin * number))
            cv2.ellipse(wide, centre, finger, rng.uniform(-15, 15), 0, 360, (*skin, 255), -1)
    return np.asarray(wide, dtype=np.uint8), margin, margin

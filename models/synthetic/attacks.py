"""Clips of the living and of presentation attacks, drawn from one photo; the same for one seed.

What they test honestly is geometry: a head has depth and stands before a background of its own, a
sheet or a screen is a plane with a border, in a hand that shakes. What they cannot tell: how real
cameras, printers and panels treat colour, sharpness, noise and moiré; how light falls on skin that
turns; what faces do besides turning (nobody here speaks or blinks); how a hand really holds a
thing. So no texture network is to be judged by them, and a rate measured on them is a bound for the
geometry alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import cv2
import numpy as np

from models.alignment import check_image
from models.errors import UsageError
from models.synthetic import props
from models.synthetic.drawing import CLIP_SIZE, Pose, Size, checked_size, compose
from models.synthetic.motion import HAND, HEAD, Movement
from models.synthetic.props import Held, Prop
from models.synthetic.relief import EYES_MM, Surface, draw, focal, head_surface
from models.synthetic.rooms import room
from models.types import Image, Landmarks

Species = Literal[
    "live", "print", "bent", "card", "phone", "tablet", "monitor", "cut-out", "frozen"
]
SPECIES: tuple[Species, ...] = get_args(Species)
ATTACKS: tuple[Species, ...] = tuple(kind for kind in SPECIES if kind != "live")

FPS = 30.0
_PROPS: dict[str, Prop] = {
    "print": props.PRINT,
    "bent": props.PRINT,
    "card": props.CARD,
    "phone": props.PHONE,
    "tablet": props.TABLET,
    "monitor": props.MONITOR,
}
_LOOP_SECONDS = 1.2


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A picture (H x W x 3 BGR) of one person and the landmarks of the face in it."""

    image: Image
    landmarks: Landmarks


@dataclass(frozen=True, slots=True)
class _Rendition:
    """What the camera makes of everything: see `models.synthetic.drawing.Pose`."""

    gain: float
    warmth: float
    side_light: float
    blur: float
    noise: float
    drift: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "_Rendition":
        return cls(
            gain=float(rng.uniform(0.75, 1.15)),
            warmth=float(rng.uniform(-0.06, 0.06)),
            side_light=float(rng.uniform(-0.25, 0.25)),
            blur=float(rng.uniform(0.3, 1.1)),
            noise=float(rng.uniform(1.0, 4.0)),
            drift=float(rng.uniform(0.0, 0.05)),
        )

    def at(self, time: float) -> Pose:
        gain = self.gain * (1.0 + self.drift * np.sin(1.7 * time))
        return Pose(0, 0, 1, 0, float(gain), self.warmth, self.side_light, self.blur, self.noise)


class RenderedClip:
    """`seconds` of one `species` made of `photo`, at 30 frames a second.

    `eyes` is about how many pixels the eyes lie apart in the frame (20 to 150); by default 38 to
    75, drawn. `moving` tells whether a screen plays a clip of the person instead of showing the
    photo; drawn with equal chances by default. Raises ImageError for an unusable photo,
    UsageError for numbers out of bounds.
    """

    def __init__(
        self,
        species: Species,
        photo: Photo,
        seed: int,
        *,
        seconds: float = 3.0,
        size: Size = CLIP_SIZE,
        eyes: float | None = None,
        moving: bool | None = None,
    ) -> None:
        check_image(photo.image)
        if species not in SPECIES:
            raise UsageError(f"no species {species!r}", f"one of: {', '.join(SPECIES)}")
        if not 0 < seconds <= 600 or not (eyes is None or 20 <= eyes <= 150):
            raise UsageError("a clip takes up to 600 seconds, with eyes 20 to 150 pixels apart")
        self.species: Species = species
        self.size = checked_size(size)
        self.frame_count = round(seconds * FPS)
        self._photo, self._seed = photo, seed
        rng = np.random.default_rng([seed, SPECIES.index(species)])
        self._eyes = eyes if eyes is not None else float(rng.uniform(38.0, 75.0))
        drawn = bool(rng.random() < 0.5)
        self.moving = (drawn if moving is None else moving) and species in (
            "phone",
            "tablet",
            "monitor",
        )
        self._rendition = _Rendition.draw(rng)
        self._hand, self._head = Movement(HAND, rng), Movement(HEAD, rng)
        self._behind = Movement(HEAD, rng)
        self._stature = float(rng.uniform(0.85, 1.15))
        self._panel = (float(rng.uniform(0.8, 1.15)), float(rng.uniform(0.0, 0.12)))
        self._tint = (1.0, 0.97, float(rng.uniform(0.88, 1.0)))
        self._bend = (float(rng.uniform(12.0, 35.0)), float(rng.uniform(-0.3, 0.3)))
        self._glare = (float(rng.uniform(0.0, 60.0)), float(rng.uniform(0.1, 0.9)))
        self._room_seed = int(rng.integers(1 << 30))
        self._loops = bool(rng.random() < 0.5)
        self._prop_seed = int(rng.integers(1 << 30))

    def __iter__(self) -> Iterator[Image]:
        """All frames in their order."""
        return (self.frame_at(index) for index in range(self.frame_count))

    def time_at(self, index: int) -> float:
        """Seconds from the beginning of frame `index`."""
        return index / FPS

    def frame_at(self, index: int) -> Image:
        """Picture number `index` (H x W x 3 BGR), drawn without drawing the others."""
        if self.species == "frozen":
            index = self._frozen(index)
        time = index / FPS
        scene = self._scene(time)
        grain = np.random.default_rng([self._seed, index])
        return compose(None, self._rendition.at(time), scene, grain)

    def _frozen(self, index: int) -> int:
        """Of a stream that plays the same second again and again, or stops."""
        lasts = round(_LOOP_SECONDS * FPS)
        return index % lasts if self._loops else min(index, lasts)

    def _scene(self, time: float) -> Image:
        if self.species in ("live", "frozen"):
            return self._alive(time, self._eyes, self._room)
        if self.species == "cut-out":
            return self._cut_out(time)
        return self._shown(time)

    @cached_property
    def _room(self) -> Image:
        return room(self.size, self._room_seed)

    @cached_property
    def _head_surface(self) -> Surface:
        return head_surface(self._photo.image, self._photo.landmarks, stature=self._stature)

    def _alive(self, time: float, eyes: float, scene: Image) -> Image:
        distance = focal((scene.shape[1], scene.shape[0])) * EYES_MM / eyes
        return draw(self._head_surface, self._head.at(time), distance, scene)

    def _cut_out(self, time: float) -> Image:
        """The person's outline in paper, and somebody else moving behind it."""
        distance = focal(self.size) * EYES_MM / self._eyes
        body = draw(self._body, self._behind.at(time), distance + 250.0, self._room)
        return draw(self._paper, self._hand.at(time), distance, body)

    @cached_property
    def _paper(self) -> Surface:
        head = self._head_surface
        return Surface(head.picture, np.zeros((8, 8), np.float32), head.centre, head.mm)

    @cached_property
    def _body(self) -> Surface:
        """Somebody whose face is hidden: head and shoulders of one colour with some pattern."""
        head = self._head_surface
        rng = np.random.default_rng(self._prop_seed)
        coarse = rng.uniform(20, 150, (24, 24, 3)).astype(np.uint8)
        wide = (head.picture.shape[1], head.picture.shape[0])
        cloth = cv2.resize(coarse, wide, interpolation=cv2.INTER_CUBIC)
        alpha = cv2.extractChannel(head.picture, 3)
        cloth = cv2.multiply(cloth, cv2.merge((alpha, alpha, alpha)), scale=1 / 255)
        picture = np.asarray(cv2.merge((*cv2.split(cloth), alpha)), dtype=np.uint8)
        return Surface(picture, head.height, head.centre, 1.25 * head.mm)

    def _shown(self, time: float) -> Image:
        prop = _PROPS[self.species]
        if self.moving:
            props.insert(self._held.surface.picture, self._held.area, self._content(time))
        surface = self._held.surface
        if self.species == "bent":
            surface = props.bend(surface, self._bend[0], along=self._bend[1])
        distance = focal(self.size) * prop.eyes_mm / self._eyes
        # Near the camera the same shake of a hand moves the picture further: people hold better.
        steadier = min(distance / 500.0, 1.0)
        at = self._hand.at(time)
        shift = (at.shift[0] * steadier, at.shift[1] * steadier, at.shift[2] * steadier)
        return draw(surface, type(at)(at.angles, shift), distance, self._room)

    def _content(self, time: float) -> Image:
        """What is shown at `time`, with the panel's own colours and reflections."""
        prop = _PROPS[self.species]
        if self.moving:
            shown = self._replayed(time)
        else:
            shown, _ = props.content(self._photo.image, self._photo.landmarks, prop)
        if not prop.emits:
            return shown
        gamma, grid = self._panel
        return self._reflecting(props.on_screen(shown, gamma, self._tint, grid))

    def _replayed(self, time: float) -> Image:
        """A clip of the living person, in the picture area's shape."""
        prop = _PROPS[self.species]
        wide = prop.mm[0] * (prop.area[2] - prop.area[0])
        high = prop.mm[1] * (prop.area[3] - prop.area[1])
        pixels = 480 / max(wide, high)
        inner = (round(wide * pixels), round(high * pixels))
        behind = cv2.resize(self._other_room, inner, interpolation=cv2.INTER_AREA)
        return self._alive(time, prop.eyes_mm * pixels, np.asarray(behind, dtype=np.uint8))

    @cached_property
    def _other_room(self) -> Image:
        return room(self.size, self._room_seed + 1)

    def _reflecting(self, shown: Image) -> Image:
        """A window's reflection on the panel: a soft bright band."""
        strength, place = self._glare
        across = np.linspace(0.0, 1.0, shown.shape[1], dtype=np.float32)
        band = strength * np.exp(-(((across - place) / 0.15) ** 2))
        row = np.rint(band).astype(np.uint8)[None, :, None]
        return np.asarray(
            cv2.add(shown, np.ascontiguousarray(np.broadcast_to(row, shown.shape))), dtype=np.uint8
        )

    @cached_property
    def _held(self) -> Held:
        rng = np.random.default_rng(self._prop_seed)
        _, place = props.content(self._photo.image, self._photo.landmarks, _PROPS[self.species])
        face = (0.5, 0.5) if self.moving else place
        return props.held(_PROPS[self.species], self._content(0.0), face, rng)

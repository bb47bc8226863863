"""On drawn pictures: a lamp that flickers, before skin, a screen and paper."""

from typing import Literal

import numpy as np
import pytest

from models.liveness.infrared import InfraredCue
from models.types import Image
from tests.models.liveness.clips import face_at, show

SIZE = (480, 640)
EYES = 60.0
FACE = face_at(320.0, 240.0 - 30.0, EYES)


def _lamp(what: Literal["skin", "screen", "paper"]) -> np.ndarray:
    """The lamp's light that comes back from each pixel."""
    x, y = np.meshgrid(np.arange(SIZE[1]) - 320.0, np.arange(SIZE[0]) - 240.0)
    light = np.full(SIZE, 45.0)
    inside = (x / (1.25 * EYES)) ** 2 + (y / (1.8 * EYES)) ** 2 < 1
    if what == "screen":
        light[(np.abs(x) < 1.6 * EYES) & (np.abs(y) < 2.4 * EYES)] = 3.0
    elif what == "paper":
        light[(np.abs(x) < 1.6 * EYES) & (np.abs(y) < 2.4 * EYES)] = 90.0
    else:
        slope = np.sqrt(np.clip(1 - (x / (1.25 * EYES)) ** 2, 0, 1))
        light[inside] = (100.0 * slope)[inside]
    return light


def _frames(what: Literal["skin", "screen", "paper"], *, flickers: bool = True) -> list[Image]:
    frames = []
    for index in range(16):
        rng = np.random.default_rng(index)
        lit = index % 2 == 0 or not flickers
        grey = 30.0 + (_lamp(what) if lit else 0.0) + rng.normal(0, 2, SIZE)
        frames.append(np.repeat(np.clip(grey, 0, 255)[..., None], 3, axis=2).astype(np.uint8))
    return frames


@pytest.mark.parametrize(
    ("what", "reason"), [("skin", "round"), ("screen", "screen"), ("paper", "even")]
)
def test_what_sends_the_lamps_light_back(
    what: Literal["skin", "screen", "paper"], reason: str
) -> None:
    cue = InfraredCue()
    show(cue, _frames(what), FACE)
    evidence = cue.evidence()
    assert evidence.reason == reason
    assert (evidence.llr > 0) == (what == "skin")
    cue.reset()
    assert not cue.evidence().known


def test_steady_light_and_colour_tell_nothing() -> None:
    steady, colour = InfraredCue(), InfraredCue()
    show(steady, _frames("screen", flickers=False), FACE)
    assert not steady.evidence().known
    tinted = [frame * np.array([1.0, 0.9, 0.6]) for frame in _frames("screen")]
    show(colour, [frame.astype(np.uint8) for frame in tinted], FACE)
    assert not colour.evidence().known

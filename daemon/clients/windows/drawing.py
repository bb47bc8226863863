"""The mirrored picture in its oval, the ring of ticks, and the marks of the last page; with cairo.

Everything takes a cairo context and draws into a square of `side` pixels.
"""

import math
from dataclasses import dataclass
from typing import Any

from daemon.clients.windows.scene import TICKS, Scene, lit, nudged
from daemon.clients.windows.theme import Palette, colour
from enroll.guide.prompts import Prompt

_WIDE, _HIGH = 0.31, 0.39
"""Half axes of the oval, in shares of the side."""
_RING = 0.055
"""Room between the oval and the ring."""
_SHORT, _LONG = 0.022, 0.042
_FAIR = 0.5
_DIRECTIONS = {
    Prompt.TURN_LEFT.value: (-1, 0),
    Prompt.TURN_RIGHT.value: (1, 0),
    Prompt.LOOK_UP.value: (0, -1),
    Prompt.LOOK_DOWN.value: (0, 1),
}


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture as cairo has it, with its size in pixels."""

    surface: Any
    width: int
    height: int


def capture(context: Any, side: float, scene: Scene, shot: Shot | None, colours: Palette) -> None:
    """The page of the capture; None before the first picture."""
    context.save()
    _oval(context, side, _WIDE, _HIGH)
    context.clip()
    if shot is None:
        context.set_source_rgb(*colour(colours.raised))
        context.paint()
    else:
        _mirrored(context, side, shot)
    context.restore()
    _border(context, side, scene, colours)
    if shot is None:
        face(context, side, colours)
    _ticks(context, side, scene, colours)
    _arrow(context, side, scene.wanted, colours)


def _mirrored(context: Any, side: float, shot: Shot) -> None:
    """As large as fills the oval, its middle in the middle, left and right exchanged."""
    scale = 2 * _HIGH * side / shot.height
    context.translate(side / 2, side / 2)
    context.scale(-scale, scale)
    context.translate(-shot.width / 2, -shot.height / 2)
    context.set_source_surface(shot.surface, 0, 0)
    context.paint()


def _oval(context: Any, side: float, wide: float, high: float) -> None:
    context.save()
    context.translate(side / 2, side / 2)
    context.scale(wide * side, high * side)
    context.new_path()
    context.arc(0, 0, 1, 0, 2 * math.pi)
    context.restore()


def _border(context: Any, side: float, scene: Scene, colours: Palette) -> None:
    done = Prompt.LOOK_STRAIGHT.value in scene.covered
    _oval(context, side, _WIDE, _HIGH)
    context.set_source_rgb(*colour(colours.good if done else colours.tick))
    context.set_line_width(4 if done else 3)
    context.stroke()


def _ticks(context: Any, side: float, scene: Scene, colours: Palette) -> None:
    full = range(TICKS) if scene.progress >= 1.0 else lit(scene.covered)
    near = nudged(scene.heading) if scene.face else frozenset()
    for tick in range(TICKS):
        name = colours.good if tick in full else colours.accent if tick in near else colours.tick
        _tick(context, side, tick, name, _LONG if tick in full or tick in near else _SHORT)


def _tick(context: Any, side: float, tick: int, name: str, length: float) -> None:
    """One of the ring, `length` in shares of the side."""
    context.set_line_cap(1)  # round
    context.set_source_rgb(*colour(name))
    context.set_line_width(side * 0.009)
    angle = 2 * math.pi * tick / TICKS
    for share in (0.0, length):
        x = side * (0.5 + (_WIDE + _RING + share) * math.sin(angle))
        y = side * (0.5 - (_HIGH + _RING + share) * math.cos(angle))
        (context.move_to if share == 0.0 else context.line_to)(x, y)
    context.stroke()


def _arrow(context: Any, side: float, wanted: str, colours: Palette) -> None:
    """Where to turn, inside the oval's border."""
    if wanted not in _DIRECTIONS:
        return
    right, down = _DIRECTIONS[wanted]
    x = side * (0.5 + right * (_WIDE - 0.05))
    y = side * (0.5 + down * (_HIGH - 0.05))
    size = side * 0.022
    context.new_path()
    context.move_to(x - size * (right + down), y - size * (down + right))
    context.line_to(x + size * right, y + size * down)
    context.line_to(x - size * (right - down), y - size * (down - right))
    context.set_line_cap(1)
    context.set_line_join(1)
    for name, width in ((colours.ground, 0.02), (colours.accent, 0.012)):
        context.set_source_rgb(*colour(name))
        context.set_line_width(side * width)
        context.stroke_preserve()
    context.new_path()


def face(context: Any, side: float, colours: Palette) -> None:
    """A few lines that stand for a face, where there is no picture."""
    context.set_source_rgb(*colour(colours.tick))
    context.set_line_width(side * 0.012)
    context.set_line_cap(1)
    for x in (0.42, 0.58):
        context.move_to(side * x, side * 0.42)
        context.line_to(side * x, side * 0.46)
        context.stroke()
    context.move_to(side * 0.505, side * 0.44)
    context.curve_to(side * 0.505, side * 0.5, side * 0.52, side * 0.53, side * 0.485, side * 0.53)
    context.stroke()
    context.arc(side * 0.5, side * 0.55, side * 0.085, 0.2 * math.pi, 0.8 * math.pi)
    context.stroke()


def score(context: Any, side: float, value: float, colours: Palette) -> None:
    """The last page: a ring as full as the score, and a check mark."""
    middle, radius = side / 2, 0.4 * side
    context.set_line_cap(1)
    context.set_line_width(0.06 * side)
    context.set_source_rgb(*colour(colours.tick))
    context.arc(middle, middle, radius, 0, 2 * math.pi)
    context.stroke()
    context.set_source_rgb(*colour(colours.good if value >= _FAIR else colours.accent))
    start = -math.pi / 2
    context.arc(middle, middle, radius, start, start + 2 * math.pi * min(max(value, 0.0), 1.0))
    context.stroke()
    context.set_line_width(0.07 * side)
    context.set_line_join(1)
    context.move_to(0.34 * side, 0.51 * side)
    context.line_to(0.46 * side, 0.62 * side)
    context.line_to(0.67 * side, 0.39 * side)
    context.stroke()


def cross(context: Any, side: float, colours: Palette) -> None:
    """The page of an error: a mark that is not the check mark in another colour."""
    middle = side / 2
    context.set_line_cap(1)
    context.set_source_rgb(*colour(colours.bad))
    context.set_line_width(0.06 * side)
    context.arc(middle, middle, 0.4 * side, 0, 2 * math.pi)
    context.stroke()
    context.set_line_width(0.08 * side)
    context.move_to(middle, 0.3 * side)
    context.line_to(middle, 0.55 * side)
    context.stroke()
    context.arc(middle, 0.69 * side, 0.035 * side, 0, 2 * math.pi)
    context.fill()


def attempt(context: Any, side: float, quality: float | None, colours: Palette) -> None:
    """While an attempt runs: a face in its oval, the ring as full as the picture is good."""
    _oval(context, side, _WIDE, _HIGH)
    context.set_source_rgb(*colour(colours.raised))
    context.fill_preserve()
    context.set_source_rgb(*colour(colours.tick))
    context.set_line_width(3)
    context.stroke()
    face(context, side, colours)
    full = round(TICKS * min(max(quality or 0.0, 0.0), 1.0))
    for tick in range(TICKS):
        _tick(context, side, tick, colours.accent if tick < full else colours.tick, _SHORT)


_AMBER = "#d9930d"
"""On light and dark ground alike."""


def lights(context: Any, size: tuple[float, float], lit: str, colours: Palette) -> None:
    """Red, amber and green beside each other; the one of that name is full, the others rings."""
    width, height = size
    names = {"red": colours.bad, "amber": _AMBER, "green": colours.good}
    for index, (name, ink) in enumerate(names.items()):
        x = width * (index + 0.5) / len(names)
        context.arc(x, height / 2, height * 0.32, 0, 2 * math.pi)
        context.set_source_rgb(*colour(ink if name == lit else colours.tick))
        context.set_line_width(3)
        if name == lit:
            context.fill()
        else:
            context.stroke()

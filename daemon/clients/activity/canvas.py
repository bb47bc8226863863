"""Draws the plot with cairo: distances as points, the threshold as a line, times below."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from daemon.clients.activity.attempts import Attempt, Sign
from daemon.clients.activity.plot import SHAPES, Plot, Point
from daemon.clients.i18n import _
from daemon.clients.windows.theme import Palette, colour

_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 20.0, 26.0, 30.0
_RADIUS = 5.0
_FONT = 12.0
_GRID_LINES = 4


@dataclass(frozen=True, slots=True)
class Area:
    """The part of a drawing in which points lie."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def within(cls, width: float, height: float) -> "Area":
        """What margins leave of a drawing."""
        return cls(_LEFT, _TOP, max(width - _LEFT - _RIGHT, 1.0), max(height - _TOP - _BOTTOM, 1.0))

    def x(self, share: float) -> float:
        """Pixels from the left."""
        return self.left + share * self.width

    def y(self, share: float) -> float:
        """Pixels from the top; `share` counts from the bottom."""
        return self.top + (1.0 - share) * self.height

    def share(self, x: float) -> float:
        """The share of the width at a pixel."""
        return (x - self.left) / self.width


def draw(context: Any, area: Area, drawn: Plot, chosen: Attempt | None, ink: Palette) -> None:
    """The whole plot; `chosen` is the attempt that is marked."""
    context.set_font_size(_FONT)
    _grid(context, area, drawn, ink)
    _threshold(context, area, drawn, ink)
    for point in drawn.points:
        if point.attempt is chosen:
            _mark(context, area, point, ink)
    for point in drawn.points:
        _point(context, area, point, ink)
    _times(context, area, drawn.points, ink)


def sign(
    context: Any, at: tuple[float, float], kind: Sign, ink: Palette, *, radius: float = _RADIUS
) -> None:
    """The sign of an attempt, as in the plot."""
    x, y = at
    context.set_source_rgb(*colour(sign_colour(kind, ink)))
    context.set_line_width(2.0)
    shape = SHAPES[kind]
    if shape == "cross":
        for slant in (-1, 1):
            context.move_to(x - radius, y - slant * radius)
            context.line_to(x + radius, y + slant * radius)
        context.stroke()
        return
    context.new_path()
    context.arc(x, y, radius, 0, 2 * math.pi)
    (context.fill if shape == "disc" else context.stroke)()


def sign_colour(kind: Sign, ink: Palette) -> str:
    """Green for a yes, red for a no, grey for neither."""
    if kind in (Sign.UNLOCKED, Sign.RECOGNISED):
        return ink.good
    return ink.bad if kind is Sign.REFUSED else ink.faint


def _grid(context: Any, area: Area, drawn: Plot, ink: Palette) -> None:
    step = grid_step(drawn.top)
    places = max(0, -math.floor(math.log10(step)))
    _text(context, _("distance"), area.left, area.top - 8, ink.faint, align=0.0)
    for number in range(int(drawn.top / step) + 1):
        y = round(area.y(number * step / drawn.top)) + 0.5
        context.set_source_rgba(*colour(ink.tick), 0.6)
        context.set_line_width(1.0)
        context.move_to(area.left, y)
        context.line_to(area.left + area.width, y)
        context.stroke()
        _text(context, f"{number * step:.{places}f}", area.left - 10, y + 4, ink.faint, align=1.0)


def grid_step(top: float) -> float:
    """A round distance between lines, so that there are few."""
    least = top / _GRID_LINES
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least)


def _threshold(context: Any, area: Area, drawn: Plot, ink: Palette) -> None:
    context.set_source_rgb(*colour(ink.accent))
    context.set_line_width(1.5)
    context.set_dash([6.0, 4.0])
    for left, right, y in drawn.steps:
        context.move_to(area.x(left), area.y(y))
        context.line_to(area.x(right), area.y(y))
    context.stroke()
    context.set_dash([])
    if drawn.points:
        last = drawn.points[-1]
        y = area.y(last.threshold_y) - 6
        _text(context, _("threshold"), area.left + area.width, y, ink.accent, align=1.0)


def _mark(context: Any, area: Area, point: Point, ink: Palette) -> None:
    x, y = area.x(point.x), area.y(point.y)
    context.set_source_rgba(*colour(ink.accent), 0.35)
    context.set_line_width(1.0)
    context.move_to(round(x) + 0.5, area.top)
    context.line_to(round(x) + 0.5, area.top + area.height)
    context.stroke()
    context.new_path()
    context.arc(x, y, _RADIUS + 5, 0, 2 * math.pi)
    context.fill()


def _point(context: Any, area: Area, point: Point, ink: Palette) -> None:
    sign(context, (area.x(point.x), area.y(point.y)), point.attempt.sign, ink)


def _times(context: Any, area: Area, points: Sequence[Point], ink: Palette) -> None:
    if not points:
        return
    y = area.top + area.height + 20
    first, last = points[0].attempt.at, points[-1].attempt.at
    _text(context, moment(first), area.left, y, ink.faint, align=0.0)
    if len(points) > 1:
        _text(context, moment(last), area.left + area.width, y, ink.faint, align=1.0)


def moment(at: datetime) -> str:
    """A time without its year, by a calendar that everybody reads."""
    return f"{at:%m-%d %H:%M}"


def _text(context: Any, text: str, x: float, y: float, ink: str, *, align: float) -> None:
    context.set_source_rgb(*colour(ink))
    width = context.text_extents(text).width
    context.move_to(x - align * width, y)
    context.show_text(text)

"""The plot of distances against the threshold: where things lie, in shares of its area. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from daemon.clients.activity.attempts import Attempt, Sign

MOST_POINTS = 60
_HEADROOM = 1.1
_LEAST_TOP = 1.35
"""The threshold lies no higher than this part of the area's height allows."""
_CELLS = 24


@dataclass(frozen=True, slots=True)
class Point:
    """One measured attempt: `x` from the left, `y` from the bottom, both 0..1."""

    x: float
    y: float
    threshold_y: float
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Plot:
    """The last measured attempts, oldest on the left. `top` is the distance at the upper edge."""

    points: tuple[Point, ...]
    top: float

    @property
    def steps(self) -> list[tuple[float, float, float]]:
        """The threshold as steps, from left to right: from x, to x, y. It may have changed."""
        steps: list[tuple[float, float, float]] = []
        for index, point in enumerate(self.points):
            half = 0.5 / len(self.points)
            left, right = point.x - half, point.x + half
            if index and steps[-1][2] == point.threshold_y:
                steps[-1] = (steps[-1][0], right, point.threshold_y)
            else:
                steps.append((left, right, point.threshold_y))
        return steps


def plot(attempts: Sequence[Attempt], *, most: int = MOST_POINTS) -> Plot:
    """The plot of the newest `most` of `attempts` (newest first) that have a distance."""
    measured = [
        (one, one.distance, one.threshold)
        for one in attempts
        if one.distance is not None and one.threshold is not None
    ][:most][::-1]
    if not measured:
        return Plot((), 1.0)
    top = max(
        max(threshold * _LEAST_TOP, distance * _HEADROOM) for _, distance, threshold in measured
    )
    return Plot(
        tuple(
            Point((index + 0.5) / len(measured), distance / top, threshold / top, attempt)
            for index, (attempt, distance, threshold) in enumerate(measured)
        ),
        top,
    )


def nearest(drawn: Plot, x: float) -> Point | None:
    """The point nearest to a share of the width."""
    return min(drawn.points, key=lambda point: abs(point.x - x), default=None)


def bar(attempt: Attempt, *, plain: bool = False) -> str:
    """Distance and threshold as a line of text: `━━━━━━━━━━━━│     `; "" where none was measured.

    `plain` for terminals that have ASCII only.
    """
    if attempt.distance is None or attempt.threshold is None:
        return ""
    filled, mark, beyond = "=|>" if plain else "━│▶"
    at = round(_CELLS * 2 / 3)
    length = round(attempt.distance / attempt.threshold * at)
    cells = [filled if cell < length else " " for cell in range(_CELLS)]
    if length > _CELLS:
        cells[-1] = beyond
    cells[at] = mark
    return "".join(cells)


SHAPES = {
    Sign.UNLOCKED: "disc",
    Sign.RECOGNISED: "disc",
    Sign.REFUSED: "cross",
    Sign.UNSURE: "ring",
    Sign.DENIED: "ring",
}
"""Shape says the same as colour, for those who do not see the difference."""

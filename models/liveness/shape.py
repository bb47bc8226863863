"""What moving points say about the shape that carries them: a plane, or a head with a nose.

Points of a plane seen from two sides are related by a homography (Hartley and Zisserman, "Multiple
View Geometry in Computer Vision", 2004, chapter 13). On a head each is shifted further, by its
height over that plane times the turn between the views: v in p' = H(p) + height(p) v, the "plane
plus parallax" of Irani and Anandan, 1996. With heights in eye distances, v is about the sine of the
turn for a real head and 0 for a plane however it turns. The height is that of a generic face in two
parts: the wide curve of the face, which bent paper could have as well, and the nose, which it
could not.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.types import Array

_Matrix = npt.NDArray[np.float64]

_HALF_BREADTH, _HALF_HEIGHT, _HALF_DEPTH = 1.25, 1.84, 1.1
_MIDDLE = -0.15  # of the ellipsoid below the middle of eyes and mouth
_NOSE_AT, _NOSE_UP, _NOSE_DOWN, _NOSE_WIDE = 0.07, 0.5, 0.2, 0.2
_NOSE_HEIGHT = 0.24
FEWEST = 14
"""Points that a shape can be told from."""
_OUTLIER = 3.5


def curve(places: Array) -> Array:
    """Height (n,) of the face's wide curve at `places` (n, 2), in eye distances."""
    x, y = places[:, 0] / _HALF_BREADTH, (places[:, 1] - _MIDDLE) / _HALF_HEIGHT
    return np.asarray(_HALF_DEPTH * np.sqrt(np.clip(1.0 - x**2 - y**2, 0.0, 1.0)), np.float32)


def nose(places: Array) -> Array:
    """Height (n,) of the nose above the curve at `places` (n, 2), in eye distances."""
    below = places[:, 1] - _NOSE_AT
    along = np.where(below < 0, _NOSE_UP, _NOSE_DOWN)
    bump = np.exp(-((places[:, 0] / _NOSE_WIDE) ** 2) - (below / along) ** 2)
    return np.asarray(_NOSE_HEIGHT * bump, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Shape:
    """What one pair of views says; lengths in eye distances."""

    nose_turn: float
    """Length of v for the nose: about the sine of the turn on a head, 0 on a plane."""
    nose_sure: float
    """F of the nose's v: mean square of what it explains in units of the residual's, 2 dof."""
    turn: float
    """Length of v for curve and nose together, as on a generic head."""
    sure: float
    """F of that."""
    agree: float
    """Slope of the nose's v against the curve's v: 1 on a generic head, 0 without a nose."""
    residual: float
    """Standard deviation of what nothing explains."""
    stretch: float
    """By how much the plane's two axes were scaled differently: natural logarithm."""
    moved: float
    """Mean way of the points."""
    points: int

    @property
    def spread(self) -> float:
        """Three standard errors of `turn`."""
        return 3.0 * self.turn / math.sqrt(max(2.0 * self.sure, 1e-12))

    @property
    def least_turn(self) -> float:
        """The turn less three standard errors: what is there for certain; may be negative."""
        return self.turn - self.spread

    @property
    def most_turn(self) -> float:
        """The turn and three standard errors more."""
        return self.turn + self.spread


def shape(before: Array, after: Array) -> Shape | None:
    """What carries points that went from `before` to `after` (n, 2), in a face's axes.

    None where there are fewer than `FEWEST` points or they lie too badly to tell.
    """
    places, gone = before.astype(np.float64), after.astype(np.float64)
    fitted = _fit(places, gone)
    if fitted is None:
        return None
    away = np.hypot(*(_predicted(fitted.parameters, places, gone) - gone).T)
    keep = away <= _OUTLIER * max(float(np.median(away)), 1e-3)
    if not keep.all():
        fitted = _fit(places[keep], gone[keep])
    return None if fitted is None else _described(fitted, places[keep], gone[keep])


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    parameters: _Matrix
    covariance: _Matrix
    """Of the parameters, in units of the residual's variance."""
    variance: float
    points: int


def _design(places: _Matrix, gone: _Matrix) -> _Matrix:
    """(2n, 12): the plane's eight parameters, then v of the curve, then v of the nose."""
    x, y = places.T
    one, nothing = np.ones_like(x), np.zeros_like(x)
    flat = places.astype(np.float32)
    wide, bump = curve(flat).astype(np.float64), nose(flat).astype(np.float64)
    u, v = gone.T
    rows_x = [one, x, y, nothing, nothing, nothing, -x * u, -y * u, wide, nothing, bump, nothing]
    rows_y = [nothing, nothing, nothing, one, x, y, -x * v, -y * v, nothing, wide, nothing, bump]
    return np.concatenate([np.stack(rows_x, axis=1), np.stack(rows_y, axis=1)])


_RIDGE = np.array([0.0] * 6 + [1e-3] * 2 + [1e-4] * 4)


def _fit(places: _Matrix, gone: _Matrix) -> _Fitted | None:
    if len(places) < FEWEST:
        return None
    design = _design(places, gone)
    wanted = np.concatenate([gone[:, 0], gone[:, 1]])
    try:
        covariance = np.linalg.inv(design.T @ design + np.diag(_RIDGE))
    except np.linalg.LinAlgError:
        return None
    parameters = covariance @ (design.T @ wanted)
    rest = wanted - design @ parameters
    variance = float(rest @ rest) / max(len(wanted) - 12, 1)
    if not np.isfinite(parameters).all() or not np.isfinite(variance):
        return None
    return _Fitted(parameters, np.asarray(covariance, np.float64), variance, len(places))


def _predicted(parameters: _Matrix, places: _Matrix, gone: _Matrix) -> _Matrix:
    flat = _design(places, gone) @ parameters
    return np.stack([flat[: len(places)], flat[len(places) :]], axis=1)


_FLOOR = 0.002**2  # points are never found more exactly than a five-hundredth of the eyes' distance


def _described(fitted: _Fitted, places: _Matrix, gone: _Matrix) -> Shape:
    values, variance = fitted.parameters, max(fitted.variance, _FLOOR)
    bump, wide = values[10:12], values[8:10]
    nose_sure = _f(bump, fitted.covariance[10:12, 10:12], variance)
    # Curve and nose as one: the least-squares mean of the two v, weighted by what each is worth.
    both = np.linalg.inv(fitted.covariance[8:12, 8:12])
    same = np.vstack([np.eye(2), np.eye(2)])
    inverse = same.T @ both @ same
    together = np.linalg.solve(inverse, same.T @ both @ values[8:12])
    sure = float(together @ inverse @ together) / (2.0 * variance)
    squared = float(wide @ wide)
    agree = float(bump @ wide) / squared if squared > 1e-12 else 0.0
    affine = np.array([[values[1], values[2]], [values[4], values[5]]])
    singular = np.linalg.svd(affine, compute_uv=False)
    stretch = float(np.log(max(singular[0], 1e-6) / max(singular[1], 1e-6)))
    return Shape(
        nose_turn=float(np.hypot(*bump)),
        nose_sure=nose_sure,
        turn=float(np.hypot(*together)),
        sure=sure,
        agree=agree,
        residual=float(np.sqrt(fitted.variance)),
        stretch=stretch,
        moved=float(np.hypot(*(gone - places).T).mean()),
        points=fitted.points,
    )


def _f(value: _Matrix, covariance: _Matrix, variance: float) -> float:
    return float(value @ np.linalg.solve(covariance, value)) / (2.0 * variance)

"""How heads and hands move: sums of slow sine waves and a tremor, drawn once from a seed."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
"""3 x 3, float64."""

_WAVES = 2  # of each of six ways to move; more would look no less alike


@dataclass(frozen=True, slots=True)
class Reach:
    """How far something moves to either side: degrees about three axes, millimetres along three.

    `seconds` is how long a sway takes, shortest and longest; `tremor` the share of it that shakes
    at 6 to 11 a second, as hands do (Elble and Koller, "Tremor", 1990).
    """

    yaw: float
    pitch: float
    roll: float
    across: float
    down: float
    along: float
    seconds: tuple[float, float] = (1.5, 6.0)
    tremor: float = 0.0


HEAD = Reach(yaw=9.0, pitch=5.0, roll=3.0, across=25.0, down=12.0, along=25.0)
"""Of somebody who sits before a screen and looks about on it."""

HAND = Reach(
    yaw=7.0,
    pitch=6.0,
    roll=4.0,
    across=14.0,
    down=10.0,
    along=12.0,
    seconds=(1.0, 5.0),
    tremor=0.03,
)
"""Of a hand that tries to hold a sheet or a phone before a camera."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a body is: `angles` (yaw, pitch, roll) in radians, `shift` (x, y, z) in mm."""

    angles: tuple[float, float, float]
    shift: tuple[float, float, float]

    def rotation(self) -> Matrix:
        """The rotation, roll first, then pitch, then yaw; x right, y down, z away from us."""
        yaw, pitch, roll = self.angles
        cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
        cr, sr = math.cos(roll), math.sin(roll)
        about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        return np.asarray(about_y @ about_x @ about_z)


class Movement:
    """Movement of one thing over time; the same `rng` state gives the same movement."""

    def __init__(self, reach: Reach, rng: np.random.Generator) -> None:
        self._reach = np.array(
            [reach.yaw, reach.pitch, reach.roll, reach.across, reach.down, reach.along]
        )
        self._reach[:3] *= math.pi / 180.0
        self._reach *= rng.uniform(0.6, 1.0, 6)
        low, high = reach.seconds
        self._speeds = 2 * math.pi / rng.uniform(low, high, (_WAVES, 6))
        self._phases = rng.uniform(0, 2 * math.pi, (_WAVES, 6))
        self._tremor = reach.tremor
        self._shakes = 2 * math.pi * rng.uniform(6.0, 11.0, 6)

    def at(self, time: float) -> Placement:
        """Where it is at `time` seconds."""
        waves = np.sin(self._speeds * time + self._phases).mean(axis=0)
        waves = waves + self._tremor * np.sin(self._shakes * time + self._phases[0])
        yaw, pitch, roll, across, down, along = map(float, self._reach * waves)
        return Placement((yaw, pitch, roll), (across, down, along))

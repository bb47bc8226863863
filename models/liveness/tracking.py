"""Follows points of a face, or around it, from a first frame on: Lucas and Kanade's method.

Points are always searched from the frame in which they were chosen, so that errors do not add up.
Cost is bounded: patches have a fixed size whatever the frame's and the face's.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.liveness.face_frame import FaceFrame
from models.types import Array, Image

Grey = npt.NDArray[np.uint8]
"""H x W, uint8."""

_WINDOW = (11, 11)
_LEVELS = 3
_LEAST_QUALITY = 0.01
_LEAST_APART = 5.0
_MOST_ERROR = 14.0  # mean grey levels between a point's window then and now


@dataclass(frozen=True, slots=True)
class Window:
    """A square of the frame, `side` pixels from (left, top), seen as `pixels` by `pixels`."""

    left: int
    top: int
    side: int
    pixels: int

    @classmethod
    def around(cls, face: FaceFrame, units: float, most: int) -> "Window":
        """`units` of the face to a side, at most `most` pixels of its own, never enlarged."""
        side = max(round(units * face.unit), 16)
        return cls(round(face.x - side / 2), round(face.y - side / 2), side, min(side, most))

    @property
    def scale(self) -> float:
        """Own pixels in one pixel of the frame, at most 1."""
        return self.pixels / self.side

    def cut(self, image: Image) -> Grey:
        """What is there, in grey; outside of the frame its border is repeated."""
        import cv2

        height, width = image.shape[:2]
        left, top = max(self.left, 0), max(self.top, 0)
        right, bottom = min(self.left + self.side, width), min(self.top + self.side, height)
        if right <= left or bottom <= top:
            return np.zeros((self.pixels, self.pixels), dtype=np.uint8)
        # Of a frame that is far too large a sample does; averaging it all would cost milliseconds.
        step = max(int(0.5 / self.scale), 1)
        size = max((right - left) // step, 1), max((bottom - top) // step, 1)
        inside = image[top:bottom, left:right]
        if step > 1:
            # As a slice with that step, which NumPy copies four times as slowly.
            even = inside[: size[1] * step, : size[0] * step]
            sampled = cv2.resize(even, size, interpolation=cv2.INTER_NEAREST)
            inside = np.asarray(sampled, dtype=np.uint8)
        part = cv2.cvtColor(inside, cv2.COLOR_BGR2GRAY)
        above, left_over = max(top - self.top, 0), max(left - self.left, 0)
        below, right_over = self.top + self.side - bottom, self.left + self.side - right
        over = [beyond // step for beyond in (above, below, left_over, right_over)]
        if any(over):
            part = cv2.copyMakeBorder(
                part, over[0], over[1], over[2], over[3], cv2.BORDER_REPLICATE
            )
        # Averaging to any size costs five times as much as halving, which loses at most a line.
        while min(part.shape) >= 2 * self.pixels:
            half = part.shape[1] // 2, part.shape[0] // 2
            whole = part[: 2 * half[1], : 2 * half[0]]
            part = cv2.resize(whole, half, interpolation=cv2.INTER_AREA)
        if part.shape != (self.pixels, self.pixels):
            own = (self.pixels, self.pixels)
            part = cv2.resize(part, own, interpolation=cv2.INTER_LINEAR)
        return np.asarray(part, dtype=np.uint8)

    def to_frame(self, points: Array) -> Array:
        """Own pixels (n, 2) as pixels of the frame."""
        corner = np.array([self.left, self.top], dtype=np.float32)
        return np.asarray((points + 0.5) / self.scale - 0.5 + corner, dtype=np.float32)

    def to_window(self, points: Array) -> Array:
        """Pixels (n, 2) of the frame as own pixels."""
        corner = np.array([self.left, self.top], dtype=np.float32)
        return np.asarray((points - corner + 0.5) * self.scale - 0.5, dtype=np.float32)


class Tracks:
    """Corners of one window, chosen in `first` where `mask` is not 0, and followed.

    `least` is how strong a corner must be (OpenCV's `cornerMinEigenVal`, blocks of 3): on an even
    wall the strongest are noise.
    """

    def __init__(
        self, window: Window, first: Grey, mask: Grey, *, most: int = 60, least: float = 0.0
    ) -> None:
        import cv2

        self.window = window
        self._first = first
        found = cv2.goodFeaturesToTrack(first, most, _LEAST_QUALITY, _LEAST_APART, mask=mask)
        own = np.empty((0, 2), np.float32) if found is None else found.reshape(-1, 2)
        if len(own) and least > 0.0:
            strength = cv2.cornerMinEigenVal(first, 3)
            column, row = np.rint(own).astype(int).T
            own = own[strength[row, column] >= least]
        self._start = np.asarray(own, dtype=np.float32)
        self._now = self._start.copy()
        self.alive = np.ones(len(self._start), dtype=np.bool_)
        self.start = window.to_frame(self._start)
        """(n, 2) where the points were, in pixels of the frame."""

    @property
    def now(self) -> Array:
        """(n, 2) where they are now; of `alive` ones alone that means anything."""
        return self.window.to_frame(self._now)

    def follow(self, patch: Grey) -> None:
        """Finds the points in `patch`, the window's content in a later frame."""
        import cv2

        if not len(self._start):
            return
        guess = self._now.reshape(-1, 1, 2).copy()
        moved, found, error = cv2.calcOpticalFlowPyrLK(
            self._first,
            patch,
            self._start.reshape(-1, 1, 2),
            guess,
            winSize=_WINDOW,
            maxLevel=_LEVELS,
            criteria=(3, 12, 0.02),
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        )
        now = np.asarray(moved, dtype=np.float32).reshape(-1, 2)
        ok = np.asarray(found).ravel().astype(bool) & (np.asarray(error).ravel() < _MOST_ERROR)
        edge = self.window.pixels - 1 - _WINDOW[0] // 2
        ok &= (now >= _WINDOW[0] // 2).all(axis=1) & (now <= edge).all(axis=1)
        self.alive = ok
        # A point that was lost is looked for where it was seen last.
        self._now = np.where(ok[:, None], now, self._now).astype(np.float32)

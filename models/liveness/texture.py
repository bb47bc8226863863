"""Whether a face has the texture of skin before a lens, or of paper and screens.

Two published networks look at the face with its surroundings, one closer, one wider; the lesser of
their answers counts, averaged over the frames of about two seconds. They were trained on pictures
and screens that nobody outside knows, so what they say is evidence and no proof.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from models.assets import prepared
from models.assets.catalogue import spec
from models.assets.runtime import Network
from models.errors import ModelError
from models.liveness.evidence import CueEvidence, Observation, no_evidence
from models.types import Array, Box, Image

_LIVING = 1
"""Which of minivision's three classes is a living face; the others are kinds of pictures."""
_LEAST_SURROUNDINGS = 1.25
"""Least height or width of the crop over the face's own. The tight crops of NUAA have 1.2 and less,
and there the networks mislead (AUC 0.85 and 0.91 against 0.999)."""
_WINDOW = 12
"""Frames that count: of some two seconds."""
_LATEST = 4
"""The latest frames count by themselves too: who changes to a picture is not saved by his past."""
_FEWEST = 3
_FIRST_INTERVAL, _INTERVAL = 0.09, 0.19
"""Seconds between two samples, of the first `_LATEST` and then: neighbouring frames say nearly the
same, but who has just come waits for an answer."""
_SLOPE, _MIDDLE = 1.0, -1.7
"""Of the log-likelihood ratio over the mean log odds. A linear discriminant of the medians of half
of the shared people gives 2.1 and -1.7; eleven people are few: half of that slope is believed. At
a soft webcam one living man has a mean of -0.1; the highest of an attack over half a second is
-2.4."""


class TextureNetwork(Protocol):
    """Tells skin from pictures in one frame."""

    def score(self, image: Image, box: Box) -> float | None:
        """Log odds (natural) that the face in `box` is living, None where it cannot be said."""
        ...


@dataclass(frozen=True, slots=True)
class Crop:
    """What a network is shown of a frame."""

    size: int
    """Side of its input in pixels."""
    scale: float
    """Of the crop's sides over those of the face's box, where the frame has that much."""


CROPS = {"minifasnet-v2": Crop(80, 2.7), "minifasnet-v1se": Crop(80, 4.0)}


class MiniFasNet:
    """One of the networks in `CROPS`; satisfies `TextureNetwork`. Not for two threads at once.

    Raises NotPreparedError or CorruptModelError where it cannot be loaded.
    """

    def __init__(self, name: str, *, threads: int = 1) -> None:
        self._crop = CROPS[name]
        self._name = name
        self._network = Network(prepared.load_network(spec(name), "texture"), threads=threads)

    def score(self, image: Image, box: Box) -> float | None:
        """Log odds that the face in `box` is living; None where its surroundings are cut off.

        Raises ModelError where the network answers with anything but numbers.
        """
        cut = surroundings(image, box, self._crop.scale)
        if cut is None:
            return None
        side = (self._crop.size, self._crop.size)
        small = cv2.resize(cut, side, interpolation=cv2.INTER_LINEAR).astype(np.float32)
        answer = self._network.run(small[None])[0][0]
        if not np.isfinite(answer).all():
            raise ModelError(f"{self._name} gave a score that is not finite")
        return log_odds(answer, _LIVING)


def surroundings(image: Image, box: Box, scale: float) -> Image | None:
    """The part of `image` around `box`, see `inside_frame`.

    None where less than `_LEAST_SURROUNDINGS` of it is there, or the box is no face.
    """
    height, width = image.shape[:2]
    sides = (box.width, box.height, box.left, box.top)
    if not np.isfinite(sides).all() or min(box.width, box.height) < 1:
        return None
    if min((height - 1) / box.height, (width - 1) / box.width) < _LEAST_SURROUNDINGS:
        return None
    return inside_frame(image, box, scale)


def inside_frame(image: Image, box: Box, scale: float) -> Image:
    """`scale` times `box` about its middle, moved to lie inside `image`.

    As the networks were trained: smaller where the frame is smaller, always in the box's shape.
    The box has finite sides of a pixel and more.
    """
    height, width = image.shape[:2]
    scale = min((height - 1) / box.height, (width - 1) / box.width, scale)
    left, right = _inside((box.left + box.right) / 2, box.width * scale, width - 1)
    top, bottom = _inside((box.top + box.bottom) / 2, box.height * scale, height - 1)
    return image[top : bottom + 1, left : right + 1]


def log_odds(logits: Array, index: int) -> float:
    """Natural logarithm of the odds of class `index`, of logits (1-D) of all classes."""
    wide = logits.astype(np.float64)
    others = np.delete(wide, index)
    return float(wide[index] - np.logaddexp.reduce(others))


class Texture:
    """The texture cue; satisfies `models.liveness.evidence.Cue`."""

    def __init__(self, networks: Sequence[TextureNetwork]) -> None:
        self._networks = tuple(networks)
        self.reset()

    @property
    def name(self) -> str:
        """`texture`."""
        return "texture"

    def reset(self) -> None:
        """Forgets the face."""
        self._scores: deque[float] = deque(maxlen=_WINDOW)
        self._looked: float | None = None
        self._cut_off = False

    def observe(self, observation: Observation) -> None:
        """Looks at the face, some five times a second."""
        interval = _INTERVAL if len(self._scores) >= _LATEST else _FIRST_INTERVAL
        if self._looked is not None and 0 <= observation.time - self._looked < interval:
            return
        self._looked = observation.time
        image, box = observation.image, observation.face.box
        scores = [network.score(image, box) for network in self._networks]
        told = [score for score in scores if score is not None]
        self._cut_off = not told
        if told:
            self._scores.append(min(told))

    def evidence(self) -> CueEvidence:
        """`picture` or `skin`; no evidence: `surroundings-cut-off`, `too-few-frames`."""
        if self._cut_off:
            return no_evidence(self.name, "surroundings-cut-off")
        if len(self._scores) < _FEWEST:
            return no_evidence(self.name, "too-few-frames")
        scores = list(self._scores)
        score = min(_mean(scores), _mean(scores[-_LATEST:]))
        llr = _SLOPE * (score - _MIDDLE)
        return CueEvidence(self.name, llr, "skin" if llr > 0 else "picture")


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)


def _inside(middle: float, length: float, most: float) -> tuple[int, int]:
    """First and last pixel of a stretch of `length` about `middle`, moved into 0..`most`."""
    start = min(max(middle - length / 2, 0.0), max(most - length, 0.0))
    return int(start), int(min(start + length, most))

"""The values that flow from a frame to an embedding, and the two Protocols that make them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Image: TypeAlias = npt.NDArray[np.uint8]
"""Height x width x 3, uint8, blue-green-red (OpenCV's order)."""

Array: TypeAlias = npt.NDArray[np.float32]

Landmarks: TypeAlias = npt.NDArray[np.float32]
"""5 x 2, float32, (x, y) in pixels of the frame; rows: eye, eye, nose, mouth corner, mouth corner,
the one further left in the picture first."""

Embedding: TypeAlias = npt.NDArray[np.float32]
"""1-D float32 of the embedder's dimension."""

ReferencePoints: TypeAlias = npt.NDArray[np.float32]

Metric = Literal["euclidean", "cosine"]
Precision = Literal["float32", "int8"]


MIN_QUALITY = 0.2
"""A frame whose face scores less never decides anything: no match, no rejection, no template."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the frame; it may reach beyond the frame's border."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Width in pixels, negative for a degenerate box."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in pixels, negative for a degenerate box."""
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """Area in square pixels, 0 for a degenerate box."""
        return max(self.width, 0.0) * max(self.height, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A face found in a frame. `confidence` is in [0, 1]."""

    box: Box
    confidence: float
    landmarks: Landmarks
    landmarks_measured: bool = True
    """False where the detector gives no landmarks and they were estimated from the box."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How usable a face is: `score` in [0, 1], `reasons` in words a person can act on."""

    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A detection with its embedding."""

    detection: Detection
    quality: Quality
    embedding: Embedding
    held: bool = False
    """Whether embedding and quality are those of an earlier frame, in which the same face was
    followed: this frame says nothing new of who it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What a pipeline made of one frame: faces, largest first, and milliseconds by stage."""

    faces: tuple[Face, ...]
    stages_ms: Mapping[str, float] = field(default_factory=dict)


class Detector(Protocol):
    """Finds faces."""

    @property
    def name(self) -> str:
        """Name as in `facelatch models list`."""
        ...

    def detect(self, image: Image) -> list[Detection]:
        """Faces in `image`, largest first."""
        ...


class Embedder(Protocol):
    """Turns an aligned face into an embedding."""

    @property
    def name(self) -> str:
        """Name as in `facelatch models list`."""
        ...

    @property
    def model_id(self) -> str:
        """Name and weights digest; templates carry it, and other ids never match them."""
        ...

    @property
    def precision(self) -> Precision:
        """Number format of the network that runs."""
        ...

    @property
    def metric(self) -> Metric:
        """The distance that the model was trained for."""
        ...

    @property
    def threshold(self) -> float:
        """Largest distance that counts as the same person, in `metric`."""
        ...

    def align(self, image: Image, landmarks: Landmarks) -> tuple[Image, ...]:
        """The model's views of one face: chips (size x size x 3 BGR uint8) cut from `image`."""
        ...

    def embed(self, chips: Sequence[Image]) -> Embedding:
        """One embedding of the chips that `align` cut of one face."""
        ...

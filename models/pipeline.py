"""One frame in, its faces with their embeddings out."""

import math
import time
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from models.alignment import check_image, landmarks_from_box
from models.detectors.steadying import steadied
from models.embedders.turns import ChipTurns
from models.errors import ImageError, UsageError
from models.quality import assess
from models.types import Analysis, Box, Detection, Detector, Embedder, Face, Image, Quality

DEFAULT_MAX_FACES = 8
MOST_FACES = 100


@runtime_checkable
class Follows(Protocol):
    """What a detector offers that follows faces from frame to frame."""

    def before(self, face: Detection) -> Detection | None:
        """What the last frame's `face` was in the frame before; None where it was not followed."""
        ...


class FacePipeline:
    """Detects, judges, aligns and embeds. Not for use by two threads at once.

    With a detector that follows faces, half of a followed face's embedding is of the frame before,
    see `models.embedders.turns`: the frames of one scene, in their order. Without `turns` each
    embedding is wholly of its own frame.

    At most `max_faces` (1 to 100) faces of a frame are embedded, the largest, so that a crowd
    cannot hold the frame up. Raises UsageError.
    """

    def __init__(
        self,
        detector: Detector,
        embedder: Embedder,
        *,
        max_faces: int = DEFAULT_MAX_FACES,
        turns: bool = True,
    ) -> None:
        if not 1 <= max_faces <= MOST_FACES:
            raise UsageError(f"max_faces cannot be {max_faces}", f"1 to {MOST_FACES}")
        self._detector = detector
        self._embedder = embedder
        self._max_faces = max_faces
        self._follows = detector if turns and isinstance(detector, Follows) else None
        self._turns = ChipTurns(embedder)
        self._earlier: list[_Judged] = []
        self._judged: list[_Judged] = []

    def renew(self) -> None:
        """Somebody new wants to know who is there: no embedding is held for a while."""
        self._turns.renew()

    def analyse(self, image: Image, *, time: float = math.nan) -> Analysis:
        """The faces of `image` (H x W x 3 BGR uint8), largest first; milliseconds by stage.

        With the frame's `time`, in seconds, a face that is followed for long is neither judged nor
        embedded in each frame (`Face.held`), and a first one in one chip. Stages are `detect`,
        `align` (with judging the quality) and `embed`. A face that cannot be aligned is left out.
        Raises ImageError where `image` is no frame.
        """
        check_image(image)
        clock = _Clock()
        found = sorted(self._detector.detect(image), key=_area, reverse=True)
        clock.lap("detect")
        self._turns.next_frame()
        self._earlier, self._judged = self._judged, []
        faces: list[Face] = []
        for detection in found:
            if len(faces) == self._max_faces:
                break
            if (face := self._face(image, detection, time, clock)) is not None:
                faces.append(face)
        return Analysis(tuple(faces), clock.stages_ms)

    def _face(
        self, image: Image, detection: Detection, time: float, clock: "_Clock"
    ) -> Face | None:
        before = None if self._follows is None else self._follows.before(detection)
        steady = steadied(self._detector, image, detection)
        clock.lap("detect")
        held = None if before is None else self._turns.held(detection, before, time)
        try:
            known = None if held is None else self._quality(before)
            quality = known or assess(image, steady)
            self._judged.append(_Judged(detection, quality))
            if held is not None:
                return Face(steady, quality, held, held=True)
            chips = self._embedder.align(image, steady.landmarks)
        except ImageError:
            return None
        finally:
            clock.lap("align")
        if self._follows is None:
            embedding = self._embedder.embed(chips)
        else:
            embedding = self._turns.embed(detection, chips, before, time)
        clock.lap("embed")
        return Face(steady, quality, embedding)

    def _quality(self, before: Detection | None) -> Quality | None:
        return next((one.quality for one in self._earlier if one.detection is before), None)


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    detection: Detection
    quality: Quality


@runtime_checkable
class WarmsUp(Protocol):
    """What a detector offers whose first frame takes longer than the next."""

    def warm_up(self, height: int, width: int) -> None:
        """Makes what the first frame of that size would have to wait for."""
        ...


def warm_up(detector: Detector, embedder: Embedder, *, height: int = 480, width: int = 640) -> None:
    """Runs the networks once, so that the first face is found as fast as the next ones."""
    if isinstance(detector, WarmsUp):
        detector.warm_up(height, width)
    blank = np.zeros((height, width, 3), dtype=np.uint8)
    middle = Box(width / 4, height / 4, width * 3 / 4, height * 3 / 4)
    embedder.embed(embedder.align(blank, landmarks_from_box(middle)))


class _Clock:
    """Milliseconds by stage; `lap` adds what went by since the last one."""

    def __init__(self) -> None:
        self.stages_ms = {"detect": 0.0, "align": 0.0, "embed": 0.0}
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.stages_ms[stage] += (now - self._since) * 1e3
        self._since = now


def _area(detection: Detection) -> float:
    """Square pixels; 0 where the box is not finite, which no order could hold."""
    area = detection.box.area
    return area if math.isfinite(area) else 0.0

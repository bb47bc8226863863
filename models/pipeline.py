"""One frame in, its faces with their embeddings out."""

import math
import time

from models.alignment import check_image
from models.detectors.steadying import steadied
from models.errors import ImageError, UsageError
from models.quality import assess
from models.types import Analysis, Detection, Detector, Embedder, Face, Image

DEFAULT_MAX_FACES = 8
MOST_FACES = 100


class FacePipeline:
    """Detects, judges, aligns and embeds. Not for use by two threads at once.

    At most `max_faces` (1 to 100) faces of a frame are embedded, the largest, so that a crowd
    cannot hold the frame up. Raises UsageError.
    """

    def __init__(
        self, detector: Detector, embedder: Embedder, *, max_faces: int = DEFAULT_MAX_FACES
    ) -> None:
        if not 1 <= max_faces <= MOST_FACES:
            raise UsageError(f"max_faces cannot be {max_faces}", f"1 to {MOST_FACES}")
        self._detector = detector
        self._embedder = embedder
        self._max_faces = max_faces

    def analyse(self, image: Image) -> Analysis:
        """The faces of `image` (H x W x 3 BGR uint8), largest first; milliseconds by stage.

        Stages are `detect`, `align` (with judging the quality) and `embed`. A face that cannot be
        aligned is left out. Raises ImageError where `image` is no frame.
        """
        check_image(image)
        clock = _Clock()
        found = sorted(self._detector.detect(image), key=_area, reverse=True)
        clock.lap("detect")
        faces: list[Face] = []
        for detection in found:
            if len(faces) == self._max_faces:
                break
            if (face := self._face(image, detection, clock)) is not None:
                faces.append(face)
        return Analysis(tuple(faces), clock.stages_ms)

    def _face(self, image: Image, detection: Detection, clock: "_Clock") -> Face | None:
        detection = steadied(self._detector, image, detection)
        clock.lap("detect")
        try:
            quality = assess(image, detection)
            chips = self._embedder.align(image, detection.landmarks)
        except ImageError:
            return None
        finally:
            clock.lap("align")
        embedding = self._embedder.embed(chips)
        clock.lap("embed")
        return Face(detection, quality, embedding)


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

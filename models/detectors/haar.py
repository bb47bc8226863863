"""OpenCV's frontal-face cascade: no landmarks of its own, no network to convert."""

import cv2

from models.alignment import check_image, landmarks_from_box
from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.detectors import patches
from models.errors import CorruptModelError, UsageError
from models.types import Box, Detection, Image

_WINDOW = 24  # pixels: the side of what the cascade was trained on
_SMALLEST = 32  # pixels: how large the smallest face looked for is made before searching
_FACTOR = 1.1  # between two sizes searched; OpenCV's default
_NEIGHBOURS = 5  # overlapping finds that make a face
# A face gathers some 60 overlapping finds, a mistake some 8 (290 pictures of LFW); this many make
# a confidence of one half.
_HALF_SURE = 10.0


class HaarDetector:
    """Finds upright frontal faces; satisfies `models.types.Detector`.

    `min_face` (24..1000) is the height in pixels of the smallest face to look for. Landmarks are
    where a frontal face usually has them in the box, so `landmarks_measured` is False.
    `fewest_finds` (1..100): overlapping finds that make a face. Pictures
    with a side over 1920 pixels are shrunk first, and `min_face` counts in the shrunk one. Raises
    UsageError, NotInstalledError, CorruptModelError. Not for use by two threads at once.
    """

    def __init__(self, *, min_face: int = 60, fewest_finds: int = _NEIGHBOURS) -> None:
        if not _WINDOW <= min_face <= 1000:
            raise UsageError(
                f"a smallest face of {min_face} pixels is not possible",
                f"choose {_WINDOW} to 1000",
            )
        self._min_face = min_face
        self._fewest_finds = min(max(fewest_finds, 1), 100)
        self._cascade = _load()

    @property
    def name(self) -> str:
        """Name as in `facelatch models list`."""
        return "haar"

    def detect(self, image: Image) -> list[Detection]:
        """Faces in `image`, largest first. Raises ImageError where it is no colour picture."""
        check_image(image)
        small, shrunk = patches.bounded(image)
        grey, scale = _smaller(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), self._min_face)
        smallest = max(_WINDOW, round(self._min_face / scale))
        boxes, finds = self._cascade.detectMultiScale2(
            grey, _FACTOR, self._fewest_finds, minSize=(smallest, smallest)
        )
        found = [
            _detection(*(float(side) * scale * shrunk for side in box), finds=int(count))
            for box, count in zip(boxes, finds, strict=True)
        ]
        return sorted(found, key=lambda face: face.box.area, reverse=True)


def _load() -> cv2.CascadeClassifier:
    model = spec("haar")
    text = read_source(model, model.sources[0]).decode()
    cascade = cv2.CascadeClassifier()
    # From memory, so that what is loaded is what the digest was taken of.
    storage = cv2.FileStorage(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
    if not cascade.read(storage.getFirstTopLevelNode()) or cascade.empty():
        raise CorruptModelError("OpenCV cannot read its frontal-face cascade", "reinstall opencv")
    return cascade


def _smaller(grey: cv2.typing.MatLike, min_face: int) -> tuple[cv2.typing.MatLike, float]:
    """The picture shrunk until the smallest face is `_SMALLEST` pixels, and how many times.

    Three times faster than letting the cascade skip the small sizes, and finds as many faces.
    """
    scale = min_face / _SMALLEST
    if scale <= 1.0:
        return grey, 1.0
    height, width = grey.shape[:2]
    size = (max(round(width / scale), 1), max(round(height / scale), 1))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA), scale


def _detection(left: float, top: float, width: float, height: float, *, finds: int) -> Detection:
    box = Box(left, top, left + width, top + height)
    return Detection(
        box=box,
        confidence=finds / (finds + _HALF_SURE),
        landmarks=landmarks_from_box(box),
        landmarks_measured=False,
    )

"""P-Net over the levels of a pyramid: where faces may be."""

import numpy as np
import numpy.typing as npt

from models.assets.runtime import Network
from models.detectors import patches
from models.detectors.boxes import strongest, suppress
from models.types import Array, Image

_CELL = patches.CELL
_STRIDE = 2  # pixels of a level between P-Net's windows
_OFFSETS = slice(0, 4)
_CONFIDENCE = -1

# A frame full of texture, or of faces, costs no more than this: windows of a level and of the
# frame that P-Net may name, proposals that are looked at then.
MOST_WINDOWS = 512
MOST_PROPOSALS = 256

_NONE: Array = np.empty((0, 5), dtype=np.float32)


class Proposer:
    """P-Net and its pyramid; parameters as `models.detectors.mtcnn.MtcnnDetector` takes them."""

    def __init__(
        self, network: Network, *, min_face: int, scale_factor: float, threshold: float
    ) -> None:
        self._network = network
        self._min_face = min_face
        self._scale_factor = scale_factor
        self._least = float(np.log(threshold / (1 - threshold)))

    def levels(self, image: Image) -> list[float]:
        """Sizes of the pyramid's levels, in shares of the picture: the finest one first."""
        return patches.scales(
            *image.shape[:2], min_face=self._min_face, scale_factor=self._scale_factor
        )

    def over(self, image: Image, levels: list[float]) -> Array:
        """Boxes that P-Net names in some levels, and their confidences: (n, 5)."""
        if not levels:
            return _NONE
        pictures = patches.pyramid(image, levels)
        return np.concatenate(
            [
                self._windows(picture) / np.array([scale] * 4 + [1], dtype=np.float32)
                for picture, scale in zip(pictures, levels, strict=True)
            ]
        )

    def chosen(self, found: Array) -> Array:
        """Of boxes (n, 5) over several levels those to look at further: (n, 4)."""
        return _best(found, most_overlap=0.7)

    def roughly(self, image: Image, levels: list[float]) -> Array:
        """Boxes (n, 4) to look at further, as `over` and `chosen` at half their cost.

        Levels are sampled and not averaged, and of boxes that overlap by half the surest remains:
        one face in some hundred is missed.
        """
        if not levels:
            return _NONE[:, _OFFSETS]
        named = [self._named(level) for level in patches.rough_pyramid(image, levels)]
        places, heads = (np.concatenate(parts) for parts in zip(*named, strict=True))
        found = _placed(places, heads)
        counts = [len(places) for places, _ in named]
        found[:, _OFFSETS] /= np.repeat(np.array(levels, dtype=np.float32), counts)[:, None]
        return _best(found, most_overlap=0.5)

    def _windows(self, level: Array) -> Array:
        """Boxes in one level, and their confidences: (n, 5)."""
        found = _placed(*self._named(level))
        found = found[strongest(found[:, 4], MOST_WINDOWS)]
        return found[suppress(found[:, :4], found[:, 4], most_overlap=0.5, measure="union")]

    def _named(self, level: Array) -> tuple[npt.NDArray[np.intp], Array]:
        """Where P-Net sees a face in one level, rows and columns (n, 2), and its answers there."""
        heads = self._network.run(level)[0][0]
        sure = heads[:, :, _CONFIDENCE] > self._least
        return np.argwhere(sure), heads[sure]


def _placed(places: npt.NDArray[np.intp], heads: Array) -> Array:
    """Boxes of answers at `places` (n, 2) of one level, and their confidences: (n, 5)."""
    corner = places[:, ::-1].astype(np.float32) * _STRIDE
    # Windows begin at 1 and their offsets count 11 pixels a side: published so.
    windows = np.hstack([corner + 1, corner + _CELL]) + heads[:, _OFFSETS] * (_CELL - 1)
    return np.hstack([windows, sigmoid(heads[:, _CONFIDENCE, None])])


def _best(found: Array, *, most_overlap: float) -> Array:
    """The boxes (n, 4) of the surest that overlap by no more, of boxes with confidences (n, 5)."""
    found = found[strongest(found[:, 4], MOST_WINDOWS)]
    kept = suppress(found[:, :4], found[:, 4], most_overlap=most_overlap, measure="union")
    return np.asarray(found[kept[:MOST_PROPOSALS], :4])


def sigmoid(logits: Array) -> Array:
    """Confidences in [0, 1] of what a network answers."""
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)

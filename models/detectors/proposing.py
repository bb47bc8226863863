"""P-Net over the levels of a pyramid: where faces may be."""

import numpy as np

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
            return np.empty((0, 5), dtype=np.float32)
        pictures = patches.pyramid(image, levels)
        return np.concatenate(
            [
                self._windows(picture) / np.array([scale] * 4 + [1], dtype=np.float32)
                for picture, scale in zip(pictures, levels, strict=True)
            ]
        )

    def chosen(self, found: Array) -> Array:
        """Of boxes (n, 5) over several levels those to look at further: (n, 4)."""
        found = found[strongest(found[:, 4], MOST_WINDOWS)]
        kept = suppress(found[:, :4], found[:, 4], most_overlap=0.7, measure="union")
        return np.asarray(found[kept[:MOST_PROPOSALS], :4])

    def _windows(self, level: Array) -> Array:
        """Boxes in one level, and their confidences: (n, 5)."""
        heads = self._network.run(level)[0][0]
        rows, columns = np.nonzero(heads[:, :, _CONFIDENCE] > self._least)
        if len(rows) == 0:
            return np.empty((0, 5), dtype=np.float32)
        chosen = heads[rows, columns]
        scores = sigmoid(chosen[:, _CONFIDENCE])
        corner = np.stack([columns, rows], axis=1).astype(np.float32) * _STRIDE
        # Windows begin at 1 and their offsets count 11 pixels a side: published so.
        windows = np.hstack([corner + 1, corner + _CELL]) + chosen[:, _OFFSETS] * (_CELL - 1)
        some = strongest(scores, MOST_WINDOWS)
        kept = some[suppress(windows[some], scores[some], most_overlap=0.5, measure="union")]
        return np.hstack([windows[kept], scores[kept, None]])


def sigmoid(logits: Array) -> Array:
    """Confidences in [0, 1] of what a network answers."""
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)

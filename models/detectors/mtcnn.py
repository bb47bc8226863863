"""MTCNN on LiteRT: P-Net proposes, R-Net refines, O-Net decides and places five landmarks.

The cascade of Zhang et al. 2016 as the PyPI package `mtcnn` 1.0.0 runs it, with bounds on the work
that a frame can cause.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from models.alignment import check_image
from models.assets import prepared
from models.assets.catalogue import spec
from models.assets.runtime import Network
from models.detectors import patches
from models.detectors.boxes import regress, squares, suppress
from models.detectors.mirrored import LEAST_SURE, Seen, both_ways, is_near, window_of
from models.detectors.proposing import Proposer, sigmoid
from models.errors import UsageError
from models.types import Array, Box, Detection, Image

Cut = Callable[[Image, Array, int], Array]
"""As `models.detectors.patches.cut`."""

_CELL = patches.CELL
_MOST_CANDIDATES = 96  # that O-Net looks at, so that the cost of a frame is bounded

# Whole batches of few sizes, since each size keeps an interpreter: one of 16 windows of O-Net takes
# 7 MB. Time is linear in the batch.
_BATCHES = (4, 1)

_STEADY_WINDOW = 1.05  # sides of the window that landmarks are measured in again, of the box's
_NEAR = 0.06  # of a window's side, by which its sides may be elsewhere than the face's own window
_SWAPPED = [1, 0, 2, 4, 3]  # landmarks in a mirror
_COMPARABLE = 0.7
"""Of a face's height: whose face is smaller, half its area, does not sit beside it but behind, and
decides nothing (`daemon.recognition.matcher.COMPARABLE`)."""

_OFFSETS = slice(0, 4)
_LANDMARKS_X, _LANDMARKS_Y = slice(4, 9), slice(9, 14)
_CONFIDENCE = -1


class MtcnnDetector:
    """Finds faces and measures five landmarks; satisfies `models.types.Detector`.

    `min_face` (12..1000) is the height in pixels of the smallest face to look for: cost falls with
    its square. `thresholds` are the least confidences, each in (0, 1), of the three networks;
    `scale_factor` (0.5..0.9) is the size of a level of the pyramid in shares of the one before.
    Pictures with a side over 1920 pixels are shrunk first, and `min_face` counts in the shrunk
    one. Raises UsageError for a parameter out of bounds, NotPreparedError or CorruptModelError
    where the networks cannot be loaded. Not for use by two threads at once.
    """

    def __init__(
        self,
        *,
        min_face: int = 60,
        thresholds: Sequence[float] = (0.6, 0.7, 0.8),
        scale_factor: float = 0.709,
        threads: int = 1,
        cut: Cut = patches.cut,
    ) -> None:
        _check(min_face, thresholds, scale_factor, threads)
        self._min_face = min_face
        self._scale_factor = scale_factor
        self._thresholds = tuple(thresholds)
        self._cut = cut
        model = spec("mtcnn")
        pnet, self._rnet, self._onet = (
            Network(prepared.load_network(model, network, "float32"), threads=threads)
            for network in model.networks
        )
        self._proposals = Proposer(
            pnet, min_face=min_face, scale_factor=scale_factor, threshold=thresholds[0]
        )
        quick = prepared.load_network(model, "onet")
        self._quick_onet = Network(quick, threads=threads)

    @property
    def name(self) -> str:
        """Name as in `facelatch models list`."""
        return "mtcnn"

    def detect(self, image: Image) -> list[Detection]:
        """Faces in `image`, largest first. Raises ImageError where it is no colour picture."""
        check_image(image)
        small, factor = patches.bounded(image)
        proposed = self._proposals.over(small, self._proposals.levels(small))
        return _detections(*self._seen(small, proposed), factor=factor)

    def look_first(self, image: Image) -> list[Detection]:
        """The faces of who sits here, largest first: `detect` for a first look, at a third of its
        cost.

        Where a rough look at all but the finest level of the pyramid finds a face beside which none
        that only the finest shows could be of who sits here (`_COMPARABLE`), that is all: smaller
        faces are missed. Where it finds none, all is searched. O-Net runs in int8, as in
        `look_again`.
        """
        check_image(image)
        small, factor = patches.bounded(image)
        levels = self._proposals.levels(small)
        refined = self._refine(small, self._proposals.roughly(small, levels[1:]))
        found = self._decide(small, refined, quick=True)
        heights = found[0][:, 3] - found[0][:, 1]
        if not heights.max(initial=0.0) * _COMPARABLE * self._scale_factor >= self._min_face:
            found = self._seen(small, self._proposals.over(small, levels), quick=True)
        return _detections(*found, factor=factor)

    def warm_up(self, height: int, width: int) -> None:
        """Makes, before a frame of that size comes, what the first one would have to wait for."""
        self.detect(np.zeros((height, width, 3), dtype=np.uint8))
        for network, side in ((self._rnet, 24), (self._onet, 48), (self._quick_onet, 48)):
            for count in _BATCHES:
                network.run(np.zeros((count, side, side, 3), dtype=np.float32))

    def look_again(self, image: Image, faces: Sequence[Detection]) -> list[Detection]:
        """Those of `faces`, seen in an earlier frame, that O-Net alone finds again, largest first.

        It runs in int8, whose landmarks lie 0.5 % of the distance of the eyes away (median; the
        picture's noise moves them by more), and in a window and its mirror, like `steady`. A face
        may have moved by about a fifth of its width. Costs a tenth of `detect`.
        """
        check_image(image)
        small, factor = patches.bounded(image)
        seen = [self._seen_in(small, face, factor) for face in faces]
        seen = [one for one in seen if one.confidence > self._thresholds[2]]
        found = [_detection(one, factor) for one in _distinct(seen)]
        return sorted(found, key=_area, reverse=True)

    def steady(self, image: Image, face: Detection) -> Detection:
        """`face` with landmarks that O-Net measures in a somewhat wider window and its mirror.

        Their mean scatters less with the window's place than one measurement, which takes FRR at
        FAR 1e-4 of `mobilefacenet` down by a third (docs/measurements.md).
        Costs two runs of O-Net. Unchanged where O-Net sees no face in either.
        """
        check_image(image)
        small, factor = patches.bounded(image)
        sides = np.array([_sides(face.box)], dtype=np.float32) / np.float32(factor)
        window = _widened(squares(sides), _STEADY_WINDOW)
        scores, landmarks = self._exactly(small, window)
        if not scores[0] > LEAST_SURE:
            return face
        return replace(face, landmarks=(landmarks[0] * np.float32(factor)).astype(np.float32))

    def steady_quickly(self, image: Image, face: Detection) -> Detection:
        """As `steady`, as exact as `look_again`, in half the time: for a frame among others."""
        check_image(image)
        small, factor = patches.bounded(image)
        seen = self._both_ways(small, window_of(_scaled(face.box, 1 / factor), _STEADY_WINDOW))
        if not seen.confidence > LEAST_SURE:
            return face
        return replace(face, landmarks=seen.landmarks * np.float32(factor))

    def _seen_in(self, image: Image, face: Detection, factor: float) -> Seen:
        """What O-Net in int8 sees where `face` is expected, as exact as `steady_quickly`."""
        window = window_of(_scaled(face.box, 1 / factor), _STEADY_WINDOW)
        seen = self._both_ways(image, window)
        if is_near(seen.box, window, share=_STEADY_WINDOW, most=_NEAR):
            return seen
        own = window_of(seen.box, _STEADY_WINDOW)
        again = self._both_ways(image, own)
        return replace(seen, landmarks=again.landmarks) if again.confidence > LEAST_SURE else seen

    def _both_ways(self, image: Image, window: Box) -> Seen:
        return both_ways(self._quick_onet, patches.cut_quickly(image, window, 48), window)

    def _exactly(self, image: Image, windows: Array) -> tuple[Array, Array]:
        """As `both_ways`, of O-Net in float32 and to the bit as thresholds were measured:
        confidences (n,) and landmarks (n, 5, 2).
        """
        patch = self._cut(image, windows, 48)
        heads = _run(self._onet, np.concatenate([patch, patch[:, :, ::-1]]))
        straight, mirrored = heads[: len(windows)], _unmirrored(heads[len(windows) :], windows)
        scores = sigmoid(np.stack([straight[:, _CONFIDENCE], mirrored[:, _CONFIDENCE]]))
        share = (scores > LEAST_SURE).astype(np.float32)
        evened = np.where(share.any(axis=0), share, 1) / np.maximum(share.sum(axis=0), 1)
        share = np.asarray(evened, dtype=np.float32)
        mean = straight * share[0, :, None] + mirrored * share[1, :, None]
        return scores.max(axis=0), _landmarks(windows, mean)

    def _seen(
        self, image: Image, proposed: Array, *, quick: bool = False
    ) -> tuple[Array, Array, Array]:
        """What the other two networks make of P-Net's boxes, as `_decide` has it."""
        refined = self._refine(image, self._proposals.chosen(proposed))
        return self._decide(image, refined, quick=quick)

    def _refine(self, image: Image, boxes: Array) -> Array:
        """R-Net's boxes (n, 4) where it agrees with P-Net's."""
        if len(boxes) == 0:
            return boxes
        windows = squares(boxes)
        heads = _run(self._rnet, self._cut(image, windows, 24))
        scores = sigmoid(heads[:, _CONFIDENCE])
        good = scores > self._thresholds[1]
        moved = regress(windows[good], heads[good, _OFFSETS])
        kept = suppress(moved, scores[good], most_overlap=0.7, measure="union")
        return moved[kept[:_MOST_CANDIDATES]]

    def _decide(self, image: Image, boxes: Array, *, quick: bool) -> tuple[Array, Array, Array]:
        """Boxes (n, 4), confidences (n,) and landmarks (n, 5, 2) of what O-Net calls faces."""
        if len(boxes) == 0:
            return _nothing()
        windows = squares(boxes)
        onet = self._quick_onet if quick else self._onet
        heads = _run(onet, self._cut(image, windows, 48))
        scores = sigmoid(heads[:, _CONFIDENCE])
        good = scores > self._thresholds[2]
        windows, heads, scores = windows[good], heads[good], scores[good]
        moved = regress(windows, heads[:, _OFFSETS])
        landmarks = _landmarks(windows, heads)
        kept = suppress(moved, scores, most_overlap=0.7, measure="smaller")
        return moved[kept], scores[kept], landmarks[kept]


def _widened(windows: Array, share: float) -> Array:
    middle = (windows[:, :2] + windows[:, 2:]) / 2
    half = (windows[:, 2:] - windows[:, :2]) / 2 * np.float32(share)
    return np.hstack([middle - half, middle + half]).astype(np.float32)


def _unmirrored(heads: Array, windows: Array) -> Array:
    """O-Net's answers to mirror images as if they were to what is mirrored."""
    turned = heads.copy()
    # In the mirror the left eye is the right one, and distances count from the other side; the
    # pixel that `_landmarks` takes off is to be added there.
    pixel = 1 / (windows[:, 2:3] - windows[:, :1] + 1)
    turned[:, 0], turned[:, 2] = -heads[:, 2], -heads[:, 0]
    turned[:, _LANDMARKS_X] = 1 + pixel - heads[:, _LANDMARKS_X][:, _SWAPPED]
    turned[:, _LANDMARKS_Y] = heads[:, _LANDMARKS_Y][:, _SWAPPED]
    return turned


def _landmarks(windows: Array, heads: Array) -> Array:
    """O-Net's landmarks (n, 5, 2) in pixels."""
    extent = (windows[:, 2:] - windows[:, :2] + 1)[:, None]
    shares = np.stack([heads[:, _LANDMARKS_X], heads[:, _LANDMARKS_Y]], axis=2)
    return np.asarray(windows[:, None, :2] + shares * extent - 1, dtype=np.float32)


def _nothing() -> tuple[Array, Array, Array]:
    """Boxes, confidences and landmarks of no face."""
    shapes = ((0, 4), (0,), (0, 5, 2))
    boxes, scores, landmarks = (np.empty(shape, dtype=np.float32) for shape in shapes)
    return boxes, scores, landmarks


def _run(network: Network, patches: Array) -> Array:
    """The network's outputs for any number of patches: (n, values)."""
    outputs = []
    start = 0
    while start < len(patches):
        size = next(size for size in _BATCHES if size <= len(patches) - start)
        outputs.append(network.run(patches[start : start + size])[0].reshape(size, -1))
        start += size
    return np.concatenate(outputs)


def _distinct(seen: list[Seen]) -> list[Seen]:
    """Of answers that are about the same face the surest."""
    if len(seen) < 2:
        return seen
    boxes = np.array([_sides(one.box) for one in seen], dtype=np.float32)
    scores = np.array([one.confidence for one in seen], dtype=np.float32)
    kept = suppress(boxes, scores, most_overlap=0.7, measure="smaller")
    return [seen[index] for index in kept]


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


def _scaled(box: Box, factor: float) -> Box:
    return box if factor == 1.0 else Box(*(side * factor for side in _sides(box)))


def _detection(seen: Seen, factor: float) -> Detection:
    landmarks = np.asarray(seen.landmarks * np.float32(factor), dtype=np.float32)
    return Detection(_scaled(seen.box, factor), seen.confidence, landmarks)


def _detections(boxes: Array, scores: Array, landmarks: Array, *, factor: float) -> list[Detection]:
    found = [
        Detection(
            box=Box(*(float(side) * factor for side in box)),
            confidence=float(score),
            landmarks=(points * factor).astype(np.float32),
        )
        for box, score, points in zip(boxes, scores, landmarks, strict=True)
    ]
    return sorted(found, key=_area, reverse=True)


def _area(face: Detection) -> float:
    return face.box.area


def _check(min_face: int, thresholds: Sequence[float], scale_factor: float, threads: int) -> None:
    if not _CELL <= min_face <= 1000:
        raise UsageError(f"a smallest face of {min_face} pixels", f"choose {_CELL} to 1000")
    if len(thresholds) != 3 or not all(0 < threshold < 1 for threshold in thresholds):
        raise UsageError(f"thresholds {tuple(thresholds)}", "give three between 0 and 1")
    if not 0.5 <= scale_factor <= 0.9:
        raise UsageError(f"a scale factor of {scale_factor}", "choose 0.5 to 0.9")
    if not 1 <= threads <= 64:
        raise UsageError(f"{threads} threads", "choose 1 to 64")

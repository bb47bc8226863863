"""One frame in, its faces out; detector and embedder are fakes, the rest is real."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from models import alignment
from models.embedders.spec import EMBEDDERS
from models.errors import ImageError, UsageError
from models.pipeline import DEFAULT_MAX_FACES, FacePipeline, warm_up
from models.types import (
    Box,
    Detection,
    Detector,
    Embedder,
    Embedding,
    Image,
    Landmarks,
    Metric,
    Precision,
)

FRAME: Image = np.random.default_rng(5).integers(0, 256, (480, 640, 3), dtype=np.uint8)
SPEC = EMBEDDERS["resnet"]


class Finds:
    """A detector that finds what it is told, in the order it is told."""

    name = "fake"

    def __init__(self, detections: Sequence[Detection]) -> None:
        self.detections = list(detections)

    def detect(self, image: Image) -> list[Detection]:  # noqa: ARG002
        return list(self.detections)


class Means:
    """An embedder whose embedding is the mean colour of the chip."""

    name = "fake"
    model_id = "fake:0"
    precision: Precision = "float32"
    metric: Metric = "euclidean"
    threshold = 0.6

    def __init__(self) -> None:
        self.embedded = 0

    def align(self, image: Image, landmarks: Landmarks) -> tuple[Image, ...]:
        return (alignment.align(image, landmarks, SPEC.reference, SPEC.size),)

    def embed(self, chips: Sequence[Image]) -> Embedding:
        self.embedded += 1
        return np.asarray(chips[0].mean(axis=(0, 1)), dtype=np.float32)


def face(size: float, left: float = 10, top: float = 10) -> Detection:
    box = Box(left, top, left + size, top + size)
    return Detection(box, 0.99, alignment.landmarks_from_box(box))


def without_landmarks(size: float) -> Detection:
    return Detection(face(size).box, 0.99, np.full((5, 2), np.nan, np.float32))


def pipeline(*detections: Detection, max_faces: int = DEFAULT_MAX_FACES) -> FacePipeline:
    return FacePipeline(Finds(detections), Means(), max_faces=max_faces)


def sizes(found: Sequence[Detection]) -> list[float]:
    return [detection.box.width for detection in found]


def test_the_fakes_are_what_the_pipeline_takes() -> None:
    detector: Detector = Finds([])
    embedder: Embedder = Means()
    assert detector.name == embedder.name


def test_faces_come_largest_first_with_all_that_is_known() -> None:
    analysis = pipeline(face(80), face(200), face(120)).analyse(FRAME)
    assert sizes([one.detection for one in analysis.faces]) == [200, 120, 80]
    for one in analysis.faces:
        assert one.embedding.shape == (3,)
        assert 0 <= one.quality.score <= 1


def test_the_time_of_each_stage_is_told() -> None:
    analysis = pipeline(face(100)).analyse(FRAME)
    assert set(analysis.stages_ms) == {"detect", "align", "embed"}
    assert all(value > 0 for value in analysis.stages_ms.values())


def test_nobody_is_there() -> None:
    analysis = pipeline().analyse(FRAME)
    assert analysis.faces == ()
    assert set(analysis.stages_ms) == {"detect", "align", "embed"}


def test_a_crowd_is_cut_to_the_largest_faces() -> None:
    embedder = Means()
    crowd = [face(20 + place) for place in range(40)]
    analysis = FacePipeline(Finds(crowd), embedder, max_faces=3).analyse(FRAME)
    assert sizes([one.detection for one in analysis.faces]) == [59, 58, 57]
    assert embedder.embedded == 3


def test_a_face_that_cannot_be_aligned_is_left_out_and_takes_no_place() -> None:
    found = pipeline(without_landmarks(300), face(100), face(50), max_faces=2).analyse(FRAME)
    assert sizes([one.detection for one in found.faces]) == [100, 50]


@pytest.mark.parametrize("right", [math.nan, math.inf])
def test_a_box_that_is_not_finite_comes_last(right: float) -> None:
    wild = Detection(Box(0, 0, right, 5), 1.0, face(100).landmarks)
    found = pipeline(face(50), wild, face(100), max_faces=2).analyse(FRAME)
    assert sizes([one.detection for one in found.faces]) == [100, 50]


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_no_frame_is_refused(frame: Image) -> None:
    with pytest.raises(ImageError):
        pipeline(face(100)).analyse(frame)


@pytest.mark.parametrize("most", [0, -1, 101])
def test_the_number_of_faces_is_bounded(most: int) -> None:
    with pytest.raises(UsageError, match="1 to 100"):
        pipeline(max_faces=most)


class Follows(Finds):
    """A detector whose one face is followed from the frame before."""

    last: Detection | None = None
    steadied = 0

    def detect(self, image: Image) -> list[Detection]:
        self.earlier, self.last = self.last, face(100)
        return [self.last, *super().detect(image)]

    def before(self, found: Detection) -> Detection | None:
        return self.earlier if found is self.last else None


class MeansOfTwo(Means):
    """Two chips; every embedding is the same direction."""

    def align(self, image: Image, landmarks: Landmarks) -> tuple[Image, ...]:
        return super().align(image, landmarks) * 2

    def embed(self, chips: Sequence[Image]) -> Embedding:
        self.embedded += len(chips)
        return np.array([1, 0, 0], dtype=np.float32)


def test_a_followed_face_costs_half() -> None:
    embedder = MeansOfTwo()
    following = FacePipeline(Follows([]), embedder)
    costs = []
    for _ in range(3):
        following.analyse(FRAME)
        costs.append(embedder.embedded)
    assert costs == [2, 3, 4]


def test_a_face_that_is_followed_for_long_is_held_until_somebody_asks_anew() -> None:
    embedder = MeansOfTwo()
    following = FacePipeline(Follows([]), embedder)
    held = [following.analyse(FRAME, time=index / 30).faces[0].held for index in range(21)]
    assert held == [False] * 8 + [True, True, False] * 4 + [True]
    assert embedder.embedded == 8 + 4
    following.renew()
    again = [following.analyse(FRAME, time=index / 30).faces[0].held for index in range(21, 29)]
    assert not any(again)


def test_what_is_held_is_judged_no_second_time() -> None:
    following = FacePipeline(Follows([]), MeansOfTwo())
    faces = [following.analyse(FRAME, time=index / 30).faces[0] for index in range(21)]
    for before, now in pairwise(faces):
        assert (now.quality is before.quality) == now.held
        assert now.quality == before.quality


def test_without_times_nothing_is_held() -> None:
    following = FacePipeline(Follows([]), MeansOfTwo())
    assert not any(following.analyse(FRAME).faces[0].held for _ in range(30))


def test_without_turns_a_followed_face_is_embedded_of_its_own_frame_alone() -> None:
    embedder = MeansOfTwo()
    following = FacePipeline(Follows([]), embedder, turns=False)
    for _ in range(3):
        following.analyse(FRAME)
    assert embedder.embedded == 6


def test_a_face_that_is_not_followed_costs_both_chips() -> None:
    embedder = MeansOfTwo()
    single = FacePipeline(Finds([face(100)]), embedder)
    single.analyse(FRAME)
    single.analyse(FRAME)
    assert embedder.embedded == 4
    beside = FacePipeline(Follows([face(50)]), embedder)
    beside.analyse(FRAME)
    beside.analyse(FRAME)
    assert embedder.embedded == 4 + 4 + 3


class Warms(Finds):
    """A detector that counts how often it was warmed up."""

    sizes: tuple[tuple[int, int], ...] = ()

    def warm_up(self, height: int, width: int) -> None:
        self.sizes += ((height, width),)


def test_warming_up_runs_what_a_face_needs() -> None:
    embedder, detector = Means(), Warms([])
    warm_up(detector, embedder, height=240, width=320)
    warm_up(Finds([]), embedder)
    assert detector.sizes == ((240, 320),)
    assert embedder.embedded == 2

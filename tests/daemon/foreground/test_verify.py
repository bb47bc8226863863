"""One verification: who, why not, and always an end."""

import itertools
import threading
from collections.abc import Callable

import numpy as np
import pytest

from daemon.api import Guidance, Progress, Verdict
from daemon.errors import SourceError
from daemon.foreground import verify
from daemon.foreground.liveness_check import LivenessCheck
from daemon.foreground.verify import Verification
from daemon.recognition.liveness import LivenessRule
from daemon.recognition.liveness_observer import LivenessObserver
from daemon.recognition.recogniser import Recogniser
from daemon.recognition.results import FrameResult
from daemon.recognition.same_face import Likeness
from daemon.sources.base import BasicSource, Frame
from daemon.sources.reader import FrameWorker
from models.liveness.fusion import Level
from models.liveness.suite import Suite
from models.pipeline import FacePipeline
from models.scoring.decision import sequence_rule
from models.types import Box, Detection, Image, Landmarks
from tests.daemon.fakes import (
    ADA,
    BLURRED_ADA,
    BOB,
    CRITERION,
    NOBODY,
    PEOPLE,
    FakeDetector,
    FakeEmbedder,
    FakeSource,
    person,
    picture,
)
from tests.daemon.recognition.actor import FPS, Actor, always

STRANGER = 3
SEQUENCE = sequence_rule(far=CRITERION.share, toll=CRITERION.toll)


def _recogniser() -> Recogniser:
    embedder = FakeEmbedder()
    return Recogniser(FacePipeline(FakeDetector(), embedder), embedder, PEOPLE, CRITERION)


def _verify(
    people: list[int | Exception], *, still: bool = False, seconds: float = 30.0
) -> Verification:
    with FakeSource(people) as source, FrameWorker(source) as worker:
        return verify.verify(worker, _recogniser(), still=still, liveness=None, seconds=seconds)


def test_the_owner_matches_by_name_after_enough_frames() -> None:
    outcome = _verify([NOBODY, ADA, ADA, ADA, ADA, ADA])
    assert (outcome.verdict, outcome.name, outcome.distance) == (Verdict.MATCHED, "Ada", 0.0)
    assert (outcome.frames_seen, outcome.frames_used) == (4, 3)
    assert outcome.threshold == pytest.approx(0.6)
    assert set(outcome.stages_ms) == {"detect", "align", "embed", "match"}


def test_a_stranger_is_refused_without_a_name() -> None:
    outcome = _verify([STRANGER] * 40)
    assert (outcome.verdict, outcome.name) == (Verdict.NOT_MATCHED, None)
    assert outcome.frames_seen == SEQUENCE.patience
    assert outcome.distance == pytest.approx(2**0.5)


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([ADA], "1 frame, 3 are needed"),
        ([ADA, ADA], "2 frames, 3 are needed"),
        ([ADA, BOB] * 2, "4 frames, 5 are needed"),
        ([STRANGER], "1 frame, 3 are needed"),
        ([STRANGER] * 4, "4 frames, 5 are needed"),
    ],
)
def test_too_few_frames_of_anybody_are_no_verdict(
    frames: list[int | Exception], reason: str
) -> None:
    outcome = _verify(frames)
    assert (outcome.verdict, outcome.name, outcome.reason) == (Verdict.UNDECIDED, None, reason)


def test_five_frames_of_a_stranger_are_a_no() -> None:
    assert _verify([STRANGER] * 5).verdict is Verdict.NOT_MATCHED
    assert _verify([ADA, BOB, ADA, BOB, ADA]).verdict is Verdict.NOT_MATCHED


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([], "no frame came"),
        ([NOBODY] * 5, "no face seen, or a covered one"),
        ([BLURRED_ADA] * 5, "no face good enough: too dark"),
    ],
)
def test_what_cannot_be_told_says_why(frames: list[int | Exception], reason: str) -> None:
    outcome = _verify(frames)
    assert (outcome.verdict, outcome.name, outcome.distance) == (Verdict.UNDECIDED, None, None)
    assert outcome.reason == reason


def test_one_picture_is_enough_where_pictures_decide() -> None:
    assert _verify([ADA], still=True).name == "Ada"
    assert _verify([STRANGER], still=True).verdict is Verdict.NOT_MATCHED


def test_an_error_of_the_source_is_no_verdict() -> None:
    with pytest.raises(SourceError, match="gone"):
        _verify([ADA, ADA, SourceError("gone")])


def test_an_endless_source_ends_by_the_clock() -> None:
    still_going = threading.Event()

    def for_ever() -> object:
        while True:
            still_going.set()
            yield NOBODY

    ticks = iter(range(1000))
    with FakeSource(for_ever()) as source, FrameWorker(source) as worker:  # type: ignore[arg-type]
        outcome = verify.verify(
            worker,
            _recogniser(),
            still=False,
            liveness=None,
            seconds=20,
            clock=lambda: float(next(ticks)),
        )
    assert still_going.is_set()
    assert outcome.verdict is Verdict.UNDECIDED
    assert outcome.frames_seen < 30


def test_templates_of_another_model_never_match() -> None:
    embedder = FakeEmbedder()
    foreign = [person("Ada", ADA, model_id="other:0")]
    recogniser = Recogniser(FacePipeline(FakeDetector(), embedder), embedder, foreign, CRITERION)
    with FakeSource([ADA] * 40) as source, FrameWorker(source) as worker:
        outcome = verify.verify(worker, recogniser, still=False, liveness=None, seconds=30)
    assert outcome.verdict is Verdict.NOT_MATCHED


class Acted(BasicSource):
    """Somebody who does what `said` says last, half a second later; 30 frames a second."""

    def __init__(self, said: list[Guidance]) -> None:
        super().__init__("somebody", live=False)
        self._said = said
        self._actor = Actor()

    def read(self) -> Frame | None:
        if self._actor.time > 60.0:
            return None
        said = self._said[-1] if self._said else None
        word = Progress.FACE_SEEN if said is None else said
        self._actor.hear(FrameResult(word, Verdict.UNDECIDED, asked=said is not None))
        frame = self._actor.frame()
        detection = frame.analysis.faces[0].detection
        return Frame(_drawn(detection), frame.time, round(frame.time * FPS))

    def close(self) -> None:
        """Nothing to close."""


def _drawn(detection: Detection) -> Image:
    """A picture from which `ReadingDetector` reads the face again."""
    image = picture(ADA)
    box = detection.box
    numbers = [box.left, box.top, box.right, box.bottom, *detection.landmarks.ravel()]
    # The actor's pictures are twice as large.
    raw = (np.array(numbers, np.float32) / 2).view(np.uint8)
    image[1].reshape(-1)[: raw.size] = raw
    return image


class ReadingDetector:
    """Finds the face whose numbers are in the second row of the picture."""

    name = "reading"

    def detect(self, image: Image) -> list[Detection]:
        numbers = np.ascontiguousarray(image[1].reshape(-1)[: 14 * 4]).view(np.float32)
        landmarks: Landmarks = numbers[4:].reshape(5, 2).copy()
        return [Detection(Box(*map(float, numbers[:4])), 0.99, landmarks)]


def _challenged(
    level: Level, on_prompt: Callable[[Guidance], None] | None, said: list[Guidance]
) -> Verification:
    embedder = FakeEmbedder()
    pipeline = FacePipeline(ReadingDetector(), embedder)
    recogniser = Recogniser(pipeline, embedder, PEOPLE, CRITERION)
    threshold = CRITERION.threshold
    observer = LivenessObserver(Suite([]), Likeness.around("euclidean", threshold))
    check = LivenessCheck(LivenessRule(level, challenge_seconds=60.0), observer)
    with Acted(said) as source, FrameWorker(source) as worker:
        return verify.verify(
            worker,
            recogniser,
            still=False,
            liveness=check,
            seconds=600.0,
            on_prompt=on_prompt,
            choose=always("left", "nod", "right"),
        )


def test_who_does_as_told_is_let_in_where_a_challenge_is_asked() -> None:
    said: list[Guidance] = []
    outcome = _challenged("strict", said.append, said)
    assert (outcome.verdict, outcome.name) == (Verdict.MATCHED, "Ada")
    rest = Guidance.LOOK_STRAIGHT
    assert said == [rest, Guidance.TURN_LEFT, rest, Guidance.NOD, rest, Guidance.TURN_RIGHT, rest]


def test_who_does_something_else_is_not() -> None:
    said: list[Guidance] = []
    wrong = {Guidance.NOD: Guidance.TURN_LEFT}
    outcome = _challenged("strict", lambda word: said.append(wrong.get(word, word)), said)
    assert outcome.verdict is Verdict.UNDECIDED
    assert outcome.reason == "what was asked of the face it did not do"


def test_a_challenge_adds_its_time_once() -> None:
    """By a clock that only goes on where it is asked for the time."""
    said: list[Guidance] = []
    seconds = itertools.count()
    embedder = FakeEmbedder()
    recogniser = Recogniser(FacePipeline(ReadingDetector(), embedder), embedder, PEOPLE, CRITERION)
    observer = LivenessObserver(Suite([]), Likeness.by("euclidean", CRITERION))
    rule = LivenessRule("strict", challenge_seconds=30.0)
    with Acted([]) as source, FrameWorker(source) as worker:
        outcome = verify.verify(
            worker,
            recogniser,
            still=False,
            liveness=LivenessCheck(rule, observer),
            seconds=10.0,
            on_prompt=said.append,
            clock=lambda: float(next(seconds)),
        )
    assert outcome.reason == "whether the face is a living one is unclear"
    assert 30 <= outcome.frames_seen <= 34

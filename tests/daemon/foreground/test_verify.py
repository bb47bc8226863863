"""One verification: who, why not, and always an end."""

import threading

import pytest

from daemon.api import Verdict
from daemon.errors import SourceError
from daemon.foreground import verify
from daemon.foreground.verify import Verification
from daemon.recognition.recogniser import Recogniser
from daemon.sources.reader import FrameWorker
from models.pipeline import FacePipeline
from models.scoring.decision import sequence_rule
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
)

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
        ([NOBODY] * 5, "no face seen"),
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

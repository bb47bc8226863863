"""The verifier: what frames add up to, for one person and for several."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from daemon.api import Guidance, Light, Progress, Reason, Verdict
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.matcher import Matcher
from daemon.recognition.models import Models
from daemon.recognition.observe import analyse
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.recognition.verifier import Verifier
from daemon.recognition.visit_recorder import VisitRecorder
from daemon.sources.base import Frame
from enroll.guide.prompts import Prompt
from enroll.template import Person
from models.pipeline import FacePipeline
from models.types import Analysis, Box, Detection, Face, Quality
from tests.daemon.fakes import (
    ADA,
    BLURRED_ADA,
    BOB,
    CRITERION,
    NOBODY,
    PEOPLE,
    FakeDetector,
    FakeEmbedder,
    embedding,
    person,
    picture,
)

STRANGER = 3
MODELS = Models(FakeDetector(), "fake", FakeEmbedder(), CRITERION)


def frames(people: Sequence[int]) -> list[AnalysedFrame]:
    """Ten a second."""
    pipeline = FacePipeline(FakeDetector(), FakeEmbedder())
    return [
        analyse(pipeline, Frame(picture(who), index / 10.0, index))
        for index, who in enumerate(people)
    ]


def matcher(people: Sequence[Person] = PEOPLE) -> Matcher:
    return Matcher(
        people, model_id=FakeEmbedder.model_id, metric=FakeEmbedder.metric, criterion=CRITERION
    )


def seen(verifier: Verifier, people: Sequence[int]) -> list[FrameResult]:
    return [verifier.add(frame) for frame in frames(people)]


def verified(
    people: Sequence[int], known: Sequence[Person] = PEOPLE, *, still: bool = False
) -> AttemptResult:
    verifier = Verifier(matcher(known), still=still, liveness=None)
    seen(verifier, people)
    return verifier.result()


def test_whoever_is_asked_about_alone_is_recognised_as_among_many() -> None:
    alone = verified([ADA] * 4, [person("Ada", ADA)])
    among = verified([ADA] * 4)
    for result in (alone, among):
        assert (result.verdict, result.reason) == (Verdict.MATCHED, Reason.RECOGNISED)
        assert (result.name, result.frames_used, result.distance) == ("Ada", 4, 0.0)


@pytest.mark.parametrize(
    ("people", "verdict", "reason", "needed"),
    [
        ([], Verdict.UNDECIDED, Reason.NO_FRAMES, 3),
        ([NOBODY] * 9, Verdict.UNDECIDED, Reason.NO_FACE, 3),
        ([BLURRED_ADA] * 9, Verdict.UNDECIDED, Reason.NO_USABLE_FACE, 3),
        ([ADA, ADA], Verdict.UNDECIDED, Reason.TOO_FEW_FRAMES, 3),
        ([STRANGER] * 4, Verdict.UNDECIDED, Reason.TOO_FEW_FRAMES, 5),
        ([NOBODY] * 9 + [STRANGER] * 4, Verdict.UNDECIDED, Reason.TOO_FEW_FRAMES, 5),
        ([STRANGER] * 5, Verdict.NOT_MATCHED, Reason.NOT_RECOGNISED, 5),
    ],
)
def test_only_enough_frames_with_a_usable_face_are_a_no(
    people: list[int], verdict: Verdict, reason: Reason, needed: int
) -> None:
    result = verified(people)
    assert (result.verdict, result.reason, result.frames_needed) == (verdict, reason, needed)
    assert result.name is None


def test_a_picture_decides_alone() -> None:
    assert verified([ADA], still=True).verdict is Verdict.MATCHED
    assert verified([STRANGER], still=True).verdict is Verdict.NOT_MATCHED


def test_a_distance_of_nothing_stays_the_smallest() -> None:
    """0 is a distance, and not the lack of one."""
    result = verified([ADA, STRANGER], [person("Ada", ADA)])
    assert result.distance == 0.0


def test_each_frame_says_how_it_stands() -> None:
    verifier = Verifier(matcher(), still=False, liveness=None)
    nobody, dark, ada, stranger = seen(verifier, [NOBODY, BLURRED_ADA, ADA, STRANGER])
    assert (nobody.word, nobody.box) == (Progress.LOOKING, None)
    assert (dark.word, dark.light, dark.distance) == (Guidance.TOO_DARK, Light.AMBER, None)
    assert (ada.word, ada.light, ada.threshold) == (Progress.FACE_SEEN, Light.GREEN, 0.6)
    assert ada.box == pytest.approx((90 / 320, 40 / 240, 120 / 320, 150 / 240))
    assert (stranger.word, stranger.light) == (Progress.FACE_SEEN, Light.RED)
    assert [one.compared for one in (nobody, dark, ada, stranger)] == [False, False, True, True]
    assert verifier.result().compared == 2


def test_who_is_cut_short_is_undecided_whatever_was_seen() -> None:
    verifier = Verifier(matcher(), still=False, liveness=None)
    seen(verifier, [ADA] * 5)
    result = verifier.result(Reason.CAMERA_LOST)
    assert (result.verdict, result.reason) == (Verdict.UNDECIDED, Reason.CAMERA_LOST)
    assert result.name is None


def blank(scene: Prompt | None) -> AnalysedFrame:
    """A frame without a face."""
    return AnalysedFrame(0.0, (640, 480), Analysis(()), scene=scene)


def test_what_is_wrong_with_a_picture_is_said_at_once_and_in_the_end() -> None:
    verifier = Verifier(matcher(), still=False, liveness=None)
    words = [verifier.add(blank(scene)).word for scene in (None, Prompt.PICTURE_IS_BLACK)]
    assert words == [Progress.LOOKING, Guidance.PICTURE_IS_BLACK]
    result = verifier.result()
    assert (result.reason, result.guidance) == (Reason.NO_FACE, "picture-is-black")
    for _ in range(9):
        verifier.add(blank(None))
    assert verifier.result().guidance == ""  # a camera that woke up


def test_who_was_seen_is_not_told_of_pictures_without_him() -> None:
    verifier = Verifier(matcher(), still=False, liveness=None)
    for _ in range(9):
        verifier.add(blank(Prompt.TURN_PICTURE_AROUND))
    seen(verifier, [ADA])
    result = verifier.result()
    assert (result.reason, result.guidance) == (Reason.TOO_FEW_FRAMES, "")


def crowd(*faces: tuple[int, int]) -> AnalysedFrame:
    """Faces by who they are and how wide, in pixels, beside each other."""
    analysed = []
    for index, (who, width) in enumerate(faces):
        quality = Quality(0.9 if who <= 100 else 0.1)
        box = Box(200 * index, 10, 200 * index + width, 10 + width)
        landmarks = np.full((5, 2), 200.0 * index, dtype=np.float32)
        analysed.append(Face(Detection(box, 0.9, landmarks), quality, embedding(who)))
    return AnalysedFrame(0.0, (640, 480), Analysis(tuple(analysed)))


@pytest.mark.parametrize(
    ("faces", "verdict", "word"),
    [
        # Somebody else sits here; the owner is behind.
        ([(STRANGER, 150), (ADA, 45)], Verdict.NOT_MATCHED, Progress.FACE_SEEN),
        # Two of a size: nobody can tell which of them asks.
        ([(ADA, 150), (STRANGER, 140)], Verdict.UNDECIDED, Guidance.ONE_PERSON_ONLY),
        ([(STRANGER, 150), (ADA, 140)], Verdict.UNDECIDED, Guidance.ONE_PERSON_ONLY),
        # Whoever sits in front turns away or holds still in the dark.
        ([(BLURRED_ADA, 150), (ADA, 45)], Verdict.UNDECIDED, Guidance.ONE_PERSON_ONLY),
        # Passers-by and pictures on the wall hold nobody up.
        ([(ADA, 150), (STRANGER, 45)], Verdict.MATCHED, Progress.FACE_SEEN),
        ([(ADA, 150), (BLURRED_ADA, 140)], Verdict.MATCHED, Progress.FACE_SEEN),
    ],
)
def test_only_who_sits_here_is_compared(
    faces: list[tuple[int, int]], verdict: Verdict, word: Progress | Guidance
) -> None:
    verifier = Verifier(matcher(), still=False, liveness=None)
    told = [verifier.add(replace(crowd(*faces), time=index / 10)) for index in range(8)]
    result = verifier.result()
    assert (result.verdict, told[-1].word) == (verdict, word)
    # Who is not compared leaves nothing to be charged for, and nothing to be read off.
    judged = verdict is not Verdict.UNDECIDED
    assert (result.compared, told[-1].distance is not None) == (8 * judged, judged)


def test_a_visit_belongs_to_a_match_alone() -> None:
    ada = person("Ada", ADA)
    for who, known in ((ADA, True), (BOB, False)):
        recorder = VisitRecorder(ada, FakeEmbedder.model_id)
        verifier = Verifier(matcher([ada]), still=False, liveness=None, visit=recorder)
        seen(verifier, [who] * 6)
        assert (verifier.result().visit is not None) == known


def test_what_is_known_of_models_matches_without_them() -> None:
    verifier = Verifier(MODELS.info.matcher(person("Ada", ADA)), still=False, liveness=None)
    seen(verifier, [ADA] * 4)
    assert verifier.result().name == "Ada"


@pytest.mark.parametrize("people", [[ADA], [STRANGER], [ADA, BLURRED_ADA], [STRANGER, BOB]])
@pytest.mark.parametrize("templates", [1, 10, 1000])
def test_yes_or_no_is_said_within_three_seconds_of_the_first_frame(
    people: list[int], templates: int
) -> None:
    """By the frames' own clock, at ten a second: lock screens go dark after five. However strict,
    with a frame in two that says nothing, and whoever of two strangers the camera shows.
    """
    known = Matcher(
        [person("Ada", ADA)],
        model_id=FakeEmbedder.model_id,
        metric=FakeEmbedder.metric,
        criterion=replace(CRITERION, templates=templates),
    )
    verifier = Verifier(known, still=False, liveness=None)
    shown = frames(people * 100)
    decided = next(frame for frame in shown if verifier.add(frame).done)
    assert decided.time - shown[0].time <= 3.0
    wanted = Verdict.MATCHED if ADA in people else Verdict.NOT_MATCHED
    assert verifier.result().verdict is wanted

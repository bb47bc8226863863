"""One attempt in the camera's thread: what it tells, and how it ends."""

from collections.abc import Callable

import pytest

from daemon.api import Progress, Reason, Verdict
from daemon.camera.job import StreamInfo
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.models import Models
from daemon.recognition.observe import analyse
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.sources.base import Frame
from daemon.verification.job import VerifyJob
from enroll.template import Person
from models.pipeline import FacePipeline
from tests.daemon.fakes import ADA, CRITERION, FakeDetector, FakeEmbedder, person, picture

STRANGER = 3
STREAM = StreamInfo(Models(FakeDetector(), "fake", FakeEmbedder(), CRITERION).info, still=False)


def frame(who: int, index: int) -> AnalysedFrame:
    pipeline = FacePipeline(FakeDetector(), FakeEmbedder())
    return analyse(pipeline, Frame(picture(who), index / 10.0, index))


class Told:
    """A job, and what it tells at once."""

    def __init__(self, who: Person) -> None:
        self.now = 100.0
        self.frames: list[FrameResult] = []
        self.ends: list[tuple[AttemptResult, str]] = []
        self.job = VerifyJob(
            who,
            liveness=None,
            deadline=200.0,
            post=self._post,
            on_frame=self.frames.append,
            on_end=lambda result, problem: self.ends.append((result, problem)),
            clock=lambda: self.now,
        )

    def _post(self, call: Callable[[], None]) -> None:
        call()

    def see(self, *people: int) -> bool:
        """Whether it is done after the last of them."""
        return [self.job.see(frame(who, at)).done for at, who in enumerate(people)][-1]

    @property
    def result(self) -> AttemptResult:
        ((result, _),) = self.ends
        return result


def test_it_is_done_with_the_match_and_tells_each_frame() -> None:
    told = Told(person("Ada", ADA))
    told.now += 2.0
    told.job.begin(STREAM)
    told.now += 1.0
    assert not told.see(ADA, ADA)
    assert told.job.see(frame(ADA, 2)).done
    told.job.end(None, "")
    assert (told.result.verdict, told.result.name) == (Verdict.MATCHED, "Ada")
    assert [one.word for one in told.frames] == [Progress.LOOKING] + [Progress.FACE_SEEN] * 3
    assert told.job.frames == 3
    assert told.result.visit is not None
    assert told.result.at > 0.0


def test_its_stages_are_those_of_the_contract() -> None:
    told = Told(person("Ada", ADA))
    told.now += 2.0
    told.job.begin(STREAM)
    told.now += 1.0
    told.see(STRANGER)
    told.job.end(None, "")
    stages = told.result.stages_ms
    assert set(stages) == {"open", "first-frame", "detect", "align", "embed", "decide", "total"}
    assert (stages["open"], stages["total"]) == (2000.0, 3000.0)
    # The first frame came before it was analysed.
    spent = stages["detect"] + stages["align"] + stages["embed"]
    assert stages["first-frame"] == pytest.approx(max(1000.0 - spent, 0.0))


def test_what_was_seen_before_a_loss_counts_no_more() -> None:
    told = Told(person("Ada", ADA))
    told.job.begin(STREAM)
    told.see(ADA, ADA)
    told.job.begin(STREAM)
    assert not told.see(ADA)
    told.job.end(None, "")
    assert (told.result.reason, told.result.frames_used) == (Reason.TOO_FEW_FRAMES, 1)
    # What was answered before the loss is charged all the same.
    assert told.result.compared == 3


def test_without_an_appearance_of_this_model_no_face_counts() -> None:
    told = Told(person("Ada", ADA, model_id="other:0"))
    told.job.begin(STREAM)
    assert told.see(STRANGER)
    told.job.end(None, "")
    assert (told.result.reason, told.result.compared) == (Reason.NOT_ENROLLED, 0)


@pytest.mark.parametrize("reason", [Reason.CAMERA_LOST, Reason.NO_CAMERA])
def test_what_cuts_it_short_is_the_reason_and_no_verdict(reason: Reason) -> None:
    for begun in (False, True):
        told = Told(person("Ada", ADA))
        if begun:
            told.job.begin(STREAM)
            told.see(ADA, ADA, ADA)
        told.job.end(reason, "gone")
        assert (told.result.verdict, told.result.reason) == (Verdict.UNDECIDED, reason)
        assert told.ends[0][1] == "gone"


def test_a_camera_that_sent_nothing_by_the_deadline_is_said() -> None:
    told = Told(person("Ada", ADA))
    told.job.end(None, "")
    assert told.result.reason is Reason.NO_FRAMES

"""One time that the camera is open: each frame is analysed once, whoever watches."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from daemon.api import Reason, Verdict
from daemon.camera import frame_loop
from daemon.camera.frame_loop import FrameLoop
from daemon.camera.job import FrameOutcome, StreamInfo
from daemon.camera.job_queue import JobQueue
from daemon.camera.schedule import Purpose
from daemon.camera.stream_check import StreamCheck
from daemon.config import Camera, Config, Schedule
from daemon.policy.manual_lock import OwnerPresence
from daemon.recognition import observe
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.models import Models
from daemon.recognition.results import AttemptResult
from daemon.unlocking.job import WatchJob, WatchResult
from daemon.verification.job import VerifyJob
from enroll.template import Person
from models.liveness.evidence import CueEvidence, Observation
from models.liveness.suite import Suite
from models.pipeline import FacePipeline
from models.types import Detection, Image
from tests.daemon.fakes import (
    ADA,
    BOB,
    CRITERION,
    NOBODY,
    FakeDetector,
    FakeEmbedder,
    FakeSource,
    person,
)


class CountingDetector(FakeDetector):
    """Knows how often it was asked."""

    def __init__(self) -> None:
        self.count = 0

    def detect(self, image: Image) -> list[Detection]:
        self.count += 1
        return super().detect(image)


class CountingCue:
    """Says how many frames of the face it has seen."""

    name = "counting"

    def __init__(self) -> None:
        self.count = 0

    def observe(self, observation: Observation) -> None:
        assert observation.face.box.area > 0
        self.count += 1

    def evidence(self) -> CueEvidence:
        return CueEvidence(self.name, float(self.count), f"seen-{self.count}")

    def reset(self) -> None:
        self.count = 0


class Room:
    """A queue with jobs, and what they told."""

    def __init__(self, *, motion_gate: bool = False) -> None:
        self.queue = JobQueue(Config(schedule=Schedule(motion_gate=motion_gate)))
        self.detector = CountingDetector()
        self.cue = CountingCue()
        self.watched: dict[str, list[WatchResult]] = {}
        self.ended: list[AttemptResult] = []

    def watch(self, who: Person) -> None:
        told = self.watched.setdefault(who.name, [])
        self.queue.add(WatchJob(who, post=_now, on_result=told.append, on_gap=lambda: None))

    def verify(self, who: Person, deadline: float = float("inf")) -> None:
        job = VerifyJob(
            who,
            liveness=None,
            deadline=deadline,
            post=_now,
            on_frame=lambda _: None,
            on_end=lambda result, _problem: self.ended.append(result),
        )
        self.queue.add(job)

    def play(self, people: Iterable[int]) -> None:
        """Shows the people until the source ends; the watches are dropped then."""
        models = Models(self.detector, "counting", FakeEmbedder(), CRITERION, Suite([self.cue]))
        source = FakeSource(_then(people, self._end))
        check = StreamCheck(source, infrared=False, on_colour=lambda: None)
        camera = Camera(frame_seconds=5.0)
        FrameLoop(self.queue, source, models, camera=camera, alive=lambda: None, check=check).run()

    def _end(self) -> None:
        for job in self.queue.current:
            if job.patient:
                self.queue.drop(job)


def _then(people: Iterable[int], end: Callable[[], None]) -> Iterable[int]:
    yield from people
    end()


def _now(call: Callable[[], None]) -> None:
    call()


def test_a_frame_is_analysed_once_however_many_sessions_are_watched() -> None:
    room = Room()
    everybody = [person(f"user{who}", who) for who in range(1, 9)]
    for one in everybody:
        room.watch(one)
    room.play([ADA] * 6)
    told = {name: [one.owner for one in results] for name, results in room.watched.items()}
    frames = len(told["user1"])
    assert frames >= 1
    assert told["user1"] == [OwnerPresence.PRESENT] * frames
    assert told["user2"] == [OwnerPresence.ABSENT] * frames
    assert all(len(results) == frames for results in told.values())
    assert room.detector.count == frames


def test_attempts_of_several_people_share_each_analysis() -> None:
    room = Room()
    for one in (person("Ada", ADA), person("Bob", BOB)):
        room.verify(one)
    room.play([ADA] * 30)
    verdicts = [one.verdict for one in room.ended]
    assert sorted(verdicts) == [Verdict.MATCHED, Verdict.NOT_MATCHED]
    # The longer of the two saw every frame; following asks at most once a frame.
    assert room.detector.count <= max(one.frames for one in room.ended)


def test_where_nothing_moves_a_watch_is_told_without_an_analysis() -> None:
    room = Room(motion_gate=True)
    room.watch(person("Ada", ADA))
    room.play([NOBODY] * 6)
    results = room.watched["Ada"]
    assert room.detector.count == 1
    assert {(one.owner, one.face) for one in results} == {(OwnerPresence.ABSENT, False)}


def test_an_attempt_at_somebody_with_templates_of_another_model_is_over_at_once() -> None:
    room = Room()
    room.verify(person("Ada", ADA, model_id="other:0"))
    room.play([ADA] * 3)
    assert [one.reason for one in room.ended] == [Reason.NOT_ENROLLED]


def test_a_clip_that_ends_ends_the_attempt_with_what_it_showed() -> None:
    room = Room()
    room.verify(person("Ada", ADA))
    room.play([ADA] * 2)
    (result,) = room.ended
    assert (result.reason, result.frames_used) == (Reason.TOO_FEW_FRAMES, 2)
    assert (result.frames_needed, result.distance) == (3, 0.0)


class Looking:
    """A job that keeps what the cues say."""

    purpose = Purpose.ATTEMPT
    deadline = float("inf")
    patient = False
    on_picture = None

    def __init__(self) -> None:
        self.said: list[tuple[str, ...]] = []

    def begin(self, stream: StreamInfo) -> None:
        pass

    def see(self, frame: AnalysedFrame | None) -> FrameOutcome:
        if frame is not None:
            self.said.append(tuple(cue.reason for cue in frame.liveness))
        return FrameOutcome()

    def end(self, reason: Reason | None, problem: str) -> None:
        pass


def test_the_cues_look_at_each_face_of_an_attempt_and_begin_anew_at_another() -> None:
    room = Room()
    job = Looking()
    room.queue.add(job)
    room.play([NOBODY, ADA, ADA, BOB, BOB])
    assert job.said == [(), ("seen-1",), ("seen-2",), ("seen-1",), ("seen-2",)]


@pytest.mark.parametrize(
    ("purposes", "holds"),
    [
        ([Purpose.ATTEMPT], True),
        ([Purpose.ATTEMPT, Purpose.ATTEMPT], True),
        ([Purpose.ENROL], False),
        ([Purpose.ATTEMPT, Purpose.ENROL], False),
    ],
)
def test_an_enrolment_has_each_frame_embedded(
    monkeypatch: pytest.MonkeyPatch, purposes: list[Purpose], holds: bool
) -> None:
    told = []

    def recorded(*args: Any, **options: Any) -> AnalysedFrame:
        told.append(options["holds"])
        return observe.analyse(*args, **options)

    monkeypatch.setattr(frame_loop, "analyse", recorded)
    room = Room()
    for purpose in purposes:
        job = Looking()
        job.purpose = purpose
        room.queue.add(job)
    room.play([ADA] * 3)
    assert told
    assert set(told) == {holds}


def test_who_begins_to_ask_has_each_frame_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    renewed: list[FacePipeline] = []

    def noted(pipeline: FacePipeline) -> None:
        renewed.append(pipeline)

    monkeypatch.setattr(FacePipeline, "renew", noted)
    room = Room()
    room.queue.add(Looking())
    room.play([ADA] * 3)
    assert len(renewed) == 1


class _Done(Looking):
    """A job that has seen enough with its first frame."""

    def see(self, frame: AnalysedFrame | None) -> FrameOutcome:
        super().see(frame)
        return FrameOutcome(done=True)


def test_while_the_camera_lingers_nothing_is_analysed() -> None:
    room = Room()
    room.queue.opened()
    room.queue.add(_Done())
    room.play([ADA] * 6)
    assert room.detector.count == 1


def test_no_cue_is_asked_while_a_locked_session_is_watched() -> None:
    room = Room()
    room.watch(person("Ada", ADA))
    room.play([ADA] * 4)
    assert room.cue.count == 0

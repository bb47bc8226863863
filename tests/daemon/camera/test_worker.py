"""The camera's thread on a camera made of numbers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from daemon.api import Reason
from daemon.camera.job import FrameOutcome, StreamInfo
from daemon.camera.reports import CameraReport, CameraState
from daemon.camera.schedule import Purpose
from daemon.camera.worker import CameraWorker
from daemon.config import Config, Schedule
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.models import Models
from daemon.sources.base import Frame
from tests.daemon.fakes import ADA, CRITERION, FakeDetector, FakeEmbedder, FakeSource
from tests.waiting import lasting, stays

PATIENCE = 60.0


class Camera(FakeSource):
    """Live, a hundred frames a second; knows whether it was closed under somebody's hands."""

    def __init__(self) -> None:
        super().__init__([])
        self.live = True
        self.torn = False

    def skip(self) -> bool:
        """Passes a frame; False once it is closed."""
        return self.read() is not None

    def read(self) -> Frame | None:
        lasting(0.01, "the next frame of a camera")
        if self.closed:
            self.torn = True
            return None
        self._people = iter([ADA])
        return super().read()


class CameraOpener:
    """One camera, whatever happens."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.camera = Camera()
        self.usable = True
        self.coloured: list[object] = []

    def load(self) -> Models:
        return Models(FakeDetector(), "fake", FakeEmbedder(), CRITERION)

    def open(self) -> Camera:
        return self.camera

    def may_use(self, source: object) -> bool:  # noqa: ARG002 - see Opener
        return self.usable


class OneFrame:
    """A job that is done after one frame."""

    purpose = Purpose.ATTEMPT
    patient = False
    on_picture = None
    deadline = float("inf")

    def __init__(self) -> None:
        self.ended = threading.Event()

    def begin(self, stream: StreamInfo) -> None:
        """Needs nothing."""

    def see(self, frame: AnalysedFrame | None) -> FrameOutcome:  # noqa: ARG002 - see Job
        return FrameOutcome(done=True)

    def end(self, reason: Reason | None, problem: str) -> None:  # noqa: ARG002 - see Job
        self.ended.set()


class Watch(OneFrame):
    """A job that never has enough."""

    purpose = Purpose.WATCH
    patient = True

    def __init__(self) -> None:
        super().__init__()
        self.seen = threading.Event()

    def see(self, frame: AnalysedFrame | None) -> FrameOutcome:  # noqa: ARG002 - see Job
        self.seen.set()
        return FrameOutcome()


class Reports:
    """What the thread tells of its camera."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.states: list[CameraState] = []

    def hear(self, report: CameraReport) -> None:
        with self._changed:
            self.states.append(report.state)
            self._changed.notify_all()

    def wait_for(self, state: CameraState) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: state in self.states, PATIENCE)


@contextmanager
def opened(equipment: CameraOpener, reports: Reports) -> Iterator[CameraWorker]:
    """A worker, closed in the end."""
    worker = CameraWorker(
        equipment,
        post=lambda call: call(),
        on_camera=reports.hear,
        on_models=lambda _: None,
        on_colour=equipment.coloured.append,
    )
    try:
        yield worker
    finally:
        worker.close()


def test_at_the_end_of_an_attempt_nobody_waits_for_the_next_idle_frame() -> None:
    slow = Schedule(idle_rate=0.2, blind_seconds=10.0, close_seconds=0.1)
    equipment, reports, job = CameraOpener(Config(schedule=slow)), Reports(), OneFrame()
    with opened(equipment, reports) as worker:
        worker.add(job)
        assert job.ended.wait(PATIENCE)
        assert reports.wait_for(CameraState.CLOSED)
        # The reader let go of the camera before it was closed.
        stays(lambda: not equipment.camera.torn, 0.05, "the camera that was let go")
    assert equipment.camera.closed


def test_a_camera_that_may_be_used_no_more_is_let_go() -> None:
    equipment, reports, job = CameraOpener(Config()), Reports(), Watch()
    with opened(equipment, reports) as worker:
        worker.add(job)
        assert job.seen.wait(PATIENCE)
        worker.recheck()
        assert CameraState.CLOSED not in reports.states
        equipment.usable = False
        worker.recheck()
        assert equipment.camera.closed
        assert reports.wait_for(CameraState.CLOSED)


def test_one_that_may_not_be_used_shows_nothing() -> None:
    equipment, reports, job = CameraOpener(Config()), Reports(), Watch()
    equipment.usable = False
    with opened(equipment, reports) as worker:
        worker.add(job)
        assert reports.wait_for(CameraState.CLOSED)
        assert equipment.camera.closed
    assert not job.seen.is_set()

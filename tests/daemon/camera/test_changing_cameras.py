"""Cameras that become something else in the middle of an attempt: nobody is recognised by it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from daemon.api import Reason, Verdict
from daemon.camera.reports import CameraReport, CameraState
from daemon.camera.worker import CameraWorker
from daemon.config import Camera as CameraSettings
from daemon.config import Config
from daemon.policy.cameras import Identity
from daemon.recognition.results import AttemptResult
from daemon.sources.base import Frame
from daemon.sources.v4l2 import Node
from daemon.verification.job import VerifyJob
from tests.daemon.camera.test_worker import PATIENCE, Camera, CameraOpener, Watch
from tests.daemon.fakes import ADA, person

Changed = Callable[[Any], Any]


class ChangingCamera(Camera):
    """Shows Ada twice, which is too little for a verdict, and from then on something else."""

    def __init__(self, change: Changed) -> None:
        super().__init__()
        self.live = False  # each frame waits until it is taken: none of the two is passed over
        self._change = change
        self._shown = 0

    def read(self) -> Frame | None:
        frame = super().read()
        self._shown += 1
        if frame is None or self._shown < 3:
            return frame
        return replace(frame, image=self._change(frame.image))


def _resized(image: Any) -> Any:
    return np.ascontiguousarray(image[:200])


CHANGES: dict[str, Changed] = {
    "size": _resized,
    "grey": lambda image: image[..., 0],
    "four channels": lambda image: np.dstack([image, image[..., 0]]),
    "16 bits": lambda image: image.astype(np.uint16) << 8,
    "not a number": lambda image: np.full(image.shape, np.nan),
    "nothing": lambda image: image[:0],
    "a line": lambda image: image[:1],
}


class Outcome:
    """How an attempt at Ada ended."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.result: AttemptResult | None = None
        self.problem = ""
        self.then: Callable[[], None] = lambda: None

    def end(self, result: AttemptResult, problem: str) -> None:
        self.result, self.problem = result, problem
        self.then()
        self.over.set()


def attempt(outcome: Outcome) -> VerifyJob:
    return VerifyJob(
        person("Ada", ADA),
        liveness=None,
        deadline=float("inf"),
        post=lambda call: call(),
        on_frame=lambda _: None,
        on_end=outcome.end,
    )


class Reports:
    """What the thread tells of its camera."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.all: list[CameraReport] = []

    def hear(self, report: CameraReport) -> None:
        with self._changed:
            self.all.append(report)
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[list[CameraReport]], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: condition(self.all), PATIENCE)


@contextmanager
def working(opener: CameraOpener, reports: Reports) -> Iterator[CameraWorker]:
    worker = CameraWorker(
        opener,
        post=lambda call: call(),
        on_camera=reports.hear,
        on_models=lambda _: None,
        on_colour=opener.coloured.append,
    )
    try:
        yield worker
    finally:
        worker.close()


class Opener(CameraOpener):
    """A changing camera, opened anew as often as it is wanted."""

    def __init__(self, make: Callable[[], Camera]) -> None:
        super().__init__(Config(camera=CameraSettings(retry_seconds=0.1)))
        self._make = make

    def open(self) -> Camera:
        self.camera = self._make()
        return self.camera


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_attempt_ends_could_not_tell(change: Changed) -> None:
    outcome = Outcome()
    with working(Opener(lambda: ChangingCamera(change)), Reports()) as worker:
        worker.add(attempt(outcome))
        assert outcome.over.wait(PATIENCE)
        assert outcome.result is not None
        assert (outcome.result.verdict, outcome.result.reason) == (
            Verdict.UNDECIDED,
            Reason.CAMERA_LOST,
        )
        assert outcome.problem
        assert not worker.hangs


def test_whoever_hears_of_the_end_may_ask_what_the_trouble_is() -> None:
    outcome, reports = Outcome(), Reports()
    known: list[CameraReport] = []
    outcome.then = lambda: known.append(reports.all[-1])
    change = next(iter(CHANGES.values()))
    with working(Opener(lambda: ChangingCamera(change)), reports) as worker:
        worker.add(attempt(outcome))
        assert outcome.over.wait(PATIENCE)
    assert [(one.state, one.problem) for one in known] == [(CameraState.MISSING, outcome.problem)]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_watch_begins_anew_with_the_next_opening(change: Changed) -> None:
    reports, watch = Reports(), Watch()
    with working(Opener(lambda: ChangingCamera(change)), reports) as worker:
        worker.add(watch)
        assert reports.wait_for(
            lambda told: sum(one.state is CameraState.OPEN for one in told) >= 2
        )
        assert not worker.hangs


class NamedCamera(Camera):
    """A camera of a machine, known by its port."""

    def __init__(self, *, formats: tuple[str, ...] = ("MJPG",)) -> None:
        super().__init__()
        self.node = Node("/dev/video77", "uvcvideo", "Camera", "usb-1", 1, formats)


def test_a_camera_that_became_another_is_let_go_and_the_attempt_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    serial = ["1"]

    def identified(node: Node) -> Any:
        identity = Identity(node.bus, "04f2", "b6d0", serial[0], node.driver)
        return type("Camera", (), {"identity": identity})()

    monkeypatch.setattr("daemon.camera.identity.identified", identified)
    reports, watch = Reports(), Watch()
    with working(Opener(NamedCamera), reports) as worker:
        worker.add(watch)
        assert watch.seen.wait(PATIENCE)
        worker.recheck()
        assert [one.state for one in reports.all][-1] is CameraState.OPEN
        serial[0] = "2"
        worker.recheck()
        assert reports.wait_for(
            lambda told: (
                [
                    one.identity.serial
                    for one in told
                    if one.state is CameraState.OPEN and one.identity is not None
                ]
                == ["1", "2"]
            )
        )


def test_one_that_calls_itself_infrared_and_shows_colour_is_reported_as_it_is() -> None:
    reports, watch = Reports(), Watch()
    opener = Opener(lambda: NamedCamera(formats=("GREY",)))
    with working(opener, reports) as worker:
        worker.add(watch)
        assert reports.wait_for(
            lambda told: (
                [one.infrared for one in told if one.state is CameraState.OPEN] == [True, False]
            )
        )
        assert opener.coloured == [opener.camera]


@pytest.mark.parametrize("heard_elsewhere", [False, True])
def test_where_only_infrared_will_do_it_ends_the_attempt(heard_elsewhere: bool) -> None:
    """Also where the other thread hears of it first, and closes the camera."""
    outcome, opener = Outcome(), Opener(lambda: NamedCamera(formats=("GREY",)))
    opener.coloured = coloured = _Coloured(opener)
    with working(opener, Reports()) as worker:
        if heard_elsewhere:
            coloured.then = worker.recheck
        worker.add(attempt(outcome))
        assert outcome.over.wait(PATIENCE)
    assert outcome.result is not None
    assert outcome.result.reason is Reason.CAMERA_LOST
    assert "calls itself infrared but shows colour" in outcome.problem


class _Coloured(list[object]):
    """What has shown colour may be used no more."""

    def __init__(self, opener: Opener) -> None:
        super().__init__()
        self._opener = opener
        self.then: Callable[[], None] = lambda: None

    def append(self, one: object) -> None:
        self._opener.usable = False
        super().append(one)
        self.then()

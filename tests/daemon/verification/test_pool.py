"""Attempts that end without the camera: what is told and what is written down are the same."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

import pytest

from daemon.api import Guidance, Progress, Reason, Verdict
from daemon.camera.remote import RemoteCamera
from daemon.camera.reports import CameraState
from daemon.recognition.liveness import LivenessRule
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.state.history import RequestOrigin
from daemon.state.users import Account
from daemon.verification.job import VerifyJob
from daemon.verification.pool import AttemptPool, Ticket
from tests.daemon.fakes import ADA, person


class HangingWorker:
    """Takes jobs and never does one."""

    def __init__(self) -> None:
        self.jobs: list[VerifyJob] = []
        self.deadlines: list[float] = []

    def add(self, job: VerifyJob) -> None:
        self.deadlines.append(job.deadline)
        if job not in self.jobs:
            self.jobs.append(job)

    def drop(self, job: VerifyJob) -> None:
        self.jobs.remove(job)


class Scene:
    """Attempts with such a worker, by a clock that only the test moves."""

    def __init__(self) -> None:
        self.worker = HangingWorker()
        self.camera = CameraState.CLOSED
        self.liveness: LivenessRule | None = None
        self.now = 1000.0
        self.settled: list[tuple[AttemptResult, tuple[str, ...]]] = []
        self.told: list[AttemptResult] = []
        self.attempts = AttemptPool(
            cast("RemoteCamera", self.worker),
            settle=self._settle,
            camera=lambda: self.camera,
            liveness=lambda: self.liveness,
            choose=lambda left: left[0],
            clock=lambda: self.now,
        )

    def _settle(
        self, _user: Account, finding: AttemptResult, asked: tuple[RequestOrigin, ...]
    ) -> AttemptResult:
        self.settled.append((finding, tuple(map(str, asked))))
        return finding

    def start(self, who: str, *, seconds: float = 30.0, prompts: bool = True) -> Ticket:
        return self.attempts.start(
            person("ada", ADA),
            uid=1000,
            seconds=seconds,
            origin=RequestOrigin(who),
            on_progress=lambda _: None,
            on_end=self.told.append,
            prompts=lambda: prompts,
        )


Story = Callable[[Scene], Coroutine[Any, Any, None]]


def play(story: Story) -> Scene:
    """Runs a story in a loop of its own."""

    async def run() -> Scene:
        scene = Scene()
        await story(scene)
        return scene

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("camera", "reason"),
    [
        (CameraState.OPENING, Reason.NO_FRAMES),
        (CameraState.BUSY, Reason.CAMERA_BUSY),
        (CameraState.MISSING, Reason.NO_CAMERA),
    ],
)
def test_a_camera_that_hangs_is_not_waited_for(camera: CameraState, reason: Reason) -> None:
    async def story(scene: Scene) -> None:
        scene.camera = camera
        scene.start("login", seconds=0.01)
        while not scene.told:
            await asyncio.sleep(0.01)

    scene = play(story)
    assert [(one.verdict, one.reason) for one in scene.told] == [(Verdict.UNDECIDED, reason)]
    assert [(one.reason, asked) for one, asked in scene.settled] == [(reason, ("login",))]
    assert scene.worker.jobs == []


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (Progress.LOOKING, Reason.NO_FACE),
        (Guidance.TOO_DARK, Reason.NO_USABLE_FACE),
        (Progress.FACE_SEEN, Reason.TOO_FEW_FRAMES),
    ],
)
def test_a_share_that_ends_without_the_job_says_what_was_seen_last(
    word: Progress | Guidance, reason: Reason
) -> None:
    async def story(scene: Scene) -> None:
        scene.start("login", seconds=0.01)
        scene.worker.jobs[0]._on_frame(FrameResult(word, Verdict.UNDECIDED))
        while not scene.told:
            await asyncio.sleep(0.01)

    assert [one.reason for one in play(story).told] == [reason]


def test_what_stops_an_attempt_is_written_down_with_what_it_had_seen() -> None:
    async def story(scene: Scene) -> None:
        ticket = scene.start("login")
        scene.worker.jobs[0].frames = 7
        scene.now += 2.5
        scene.attempts.stop(ticket, Reason.PAUSED)
        scene.attempts.stop(ticket, Reason.STOPPED)  # it is over

    scene = play(story)
    ((written, _),) = scene.settled
    (told,) = scene.told
    for one in (written, told):
        assert (one.reason, one.frames, one.stages_ms) == (Reason.PAUSED, 7, {"total": 2500.0})


def test_who_gives_up_before_the_no_is_counted_with_the_faces_seen() -> None:
    async def story(scene: Scene) -> None:
        ticket = scene.start("login")
        scene.worker.jobs[0].compared = 3
        scene.attempts.leave(ticket)

    scene = play(story)
    ((written, _),) = scene.settled
    assert (written.reason, written.compared) == (Reason.STOPPED, 3)
    assert scene.told == []


def test_one_of_two_that_leaves_ends_nothing() -> None:
    async def story(scene: Scene) -> None:
        scene.start("login")
        scene.attempts.leave(scene.start("tray"))
        assert scene.attempts.running == 1

    scene = play(story)
    assert (scene.settled, len(scene.worker.jobs)) == ([], 1)


ASKED = FrameResult(Guidance.TURN_LEFT, Verdict.UNDECIDED, asked=True)


def test_a_challenge_prolongs_the_attempt_once() -> None:
    async def story(scene: Scene) -> None:
        scene.liveness = LivenessRule("strict", challenge_seconds=20.0)
        ticket = scene.start("login", seconds=10.0)
        job = scene.worker.jobs[0]
        due = _due(ticket)
        scene.now += 8.0
        job._on_frame(FrameResult(Progress.FACE_SEEN, Verdict.UNDECIDED))
        assert _due(ticket) == due
        job._on_frame(ASKED)
        assert _due(ticket) - due > 9.0
        scene.now += 5.0
        job._on_frame(ASKED)

    assert play(story).worker.deadlines == [1010.0, 1028.0]


def test_who_shows_no_prompts_is_not_made_to_wait_for_a_challenge() -> None:
    async def story(scene: Scene) -> None:
        scene.liveness = LivenessRule("strict", challenge_seconds=20.0)
        ticket, other = scene.start("session", prompts=False), scene.start("terminal")
        due = _due(ticket), _due(other)
        scene.now += 25.0
        scene.worker.jobs[0]._on_frame(ASKED)
        assert _due(ticket) == due[0]
        assert _due(other) != due[1]

    play(story)


def test_a_challenge_is_asked_while_anybody_shows_what_it_asks_for() -> None:
    async def story(scene: Scene) -> None:
        scene.start("session", prompts=False)
        asking = scene.worker.jobs[0]._asking
        assert asking is not None and not asking.may_ask()
        terminal = scene.start("terminal")
        assert asking.may_ask()
        assert asking.choose(("left", "nod")) == "left"  # of what was handed in
        scene.attempts.leave(terminal)
        assert not asking.may_ask()

    play(story)


def test_an_attempt_that_was_given_up_is_not_prolonged() -> None:
    async def story(scene: Scene) -> None:
        scene.liveness = LivenessRule("strict")
        ticket = scene.start("login", seconds=1.0)
        job = scene.worker.jobs[0]
        scene.attempts.leave(ticket)
        job._on_frame(ASKED)

    assert play(story).worker.deadlines == [1001.0]


def test_a_share_whose_time_is_up_in_the_middle_of_a_challenge_is_unclear() -> None:
    async def story(scene: Scene) -> None:
        scene.liveness = LivenessRule("strict", challenge_seconds=0.01)
        scene.start("login", seconds=0.01)
        scene.worker.jobs[0]._on_frame(ASKED)
        while not scene.told:
            await asyncio.sleep(0.01)

    assert [one.reason for one in play(story).told] == [Reason.LIVENESS_UNCLEAR]


def _due(ticket: Ticket) -> float:
    assert ticket.timer is not None
    return ticket.timer.when()

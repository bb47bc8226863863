"""The queue: what the event loop wants and what the camera's thread finds there."""

import threading

from daemon.api import Reason
from daemon.camera.job import FrameOutcome, StreamInfo
from daemon.camera.job_queue import JobQueue
from daemon.camera.schedule import Purpose
from daemon.config import Camera, Config
from daemon.recognition.frames import AnalysedFrame

ENDLESS = float("inf")


class FakeJob:
    """Notes how it ended."""

    on_picture = None

    def __init__(
        self,
        purpose: Purpose = Purpose.ATTEMPT,
        *,
        deadline: float = ENDLESS,
        patient: bool = False,
    ) -> None:
        self.purpose = purpose
        self.deadline = deadline
        self.patient = patient
        self.ended: list[tuple[Reason | None, str]] = []

    def begin(self, stream: StreamInfo) -> None:
        """Needs nothing."""

    def see(self, frame: AnalysedFrame | None) -> FrameOutcome:  # noqa: ARG002 - see Job
        return FrameOutcome()

    def end(self, reason: Reason | None, problem: str) -> None:
        self.ended.append((reason, problem))


def staying(queue: JobQueue) -> bool:
    """A call, because it changes between two lines."""
    return queue.staying


def has_work(queue: JobQueue) -> bool:
    """A call, because it changes between two lines."""
    return queue.has_work


def test_a_job_is_work_until_it_is_finished_and_ends_once() -> None:
    queue, job = JobQueue(Config()), FakeJob()
    assert not has_work(queue)
    queue.add(job)
    queue.add(job)
    assert (has_work(queue), queue.current) == (True, [job])
    assert queue.rate == Camera().full_rate
    queue.finish(job, None, "")
    queue.finish(job, Reason.INTERNAL, "twice")
    assert job.ended == [(None, "")]
    assert not has_work(queue)


def test_a_dropped_job_is_told_nothing() -> None:
    queue, job = JobQueue(Config()), FakeJob()
    queue.add(job)
    queue.drop(job)
    queue.finish(job, None, "")
    assert (queue.current, job.ended) == ([], [])


def test_who_does_not_wait_for_a_camera_ends_with_the_reason() -> None:
    queue = JobQueue(Config())
    attempt, watch = FakeJob(), FakeJob(Purpose.WATCH, patient=True)
    queue.add(attempt)
    queue.add(watch)
    queue.finish_impatient(Reason.NO_CAMERA, "none")
    assert attempt.ended == [(Reason.NO_CAMERA, "none")]
    assert (watch.ended, queue.current) == ([], [watch])


def test_past_its_deadline_a_job_is_over() -> None:
    queue = JobQueue(Config())
    late, early = FakeJob(deadline=0.0), FakeJob()
    queue.add(late)
    queue.add(early)
    queue.retire(Reason.CAMERA_BUSY)
    assert late.ended == [(Reason.CAMERA_BUSY, "")]
    assert early.ended == []


def test_a_block_closes_the_camera_and_keeps_the_jobs_through_a_reload() -> None:
    queue, job = JobQueue(Config()), FakeJob()
    queue.add(job)
    queue.take_work()
    queue.opened()
    assert staying(queue)
    queue.block("lid", on=True)
    assert not staying(queue)
    queue.configure(Config())
    assert not has_work(queue)
    queue.block("lid", on=False)
    assert (has_work(queue), queue.current) == (True, [job])


def test_after_a_reload_an_open_camera_is_opened_anew() -> None:
    queue, job = JobQueue(Config()), FakeJob()
    queue.add(job)
    queue.take_work()
    assert staying(queue)
    queue.configure(Config(camera=Camera(full_rate=12.0)))
    assert not staying(queue)
    queue.take_work()
    assert queue.rate == 12.0


def test_models_may_be_wanted_before_any_job_and_the_end_wakes_who_waits() -> None:
    queue = JobQueue(Config())
    queue.preload()
    assert has_work(queue)
    queue.take_work()
    assert not has_work(queue)
    queue.close()
    queue.wait()  # returns: nothing will change any more
    assert queue.closed


def test_a_rest_ends_as_soon_as_another_rate_is_wanted() -> None:
    queue = JobQueue(Config())
    queue.add(FakeJob(Purpose.WATCH, patient=True))
    queue.opened()
    rested = threading.Thread(target=queue.rest, args=(600.0, queue.rate))
    rested.start()
    queue.analysed(face=True)
    rested.join(60)
    assert not rested.is_alive()
    queue.rest(600.0, -1.0)  # another one already: none at all


def test_what_is_left_ends_with_the_nearest_deadline() -> None:
    queue = JobQueue(Config())
    assert queue.seconds_left(0.3) == 0.3
    queue.add(FakeJob(deadline=0.0))
    assert queue.seconds_left(0.3) == 0.0

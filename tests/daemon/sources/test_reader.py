import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from daemon.errors import SourceError, SourceLostError
from daemon.sources.base import BasicSource, Frame
from daemon.sources.reader import FrameWorker
from tests.daemon.sources.files import flat

SOON = 10.0
"""Seconds after which a test that should have gone on has failed."""


class Scripted(BasicSource):
    """Gives a frame for each `allow`; ends, raises or hangs when told to."""

    def __init__(self, *, live: bool, frames: int = 1_000_000) -> None:
        super().__init__("scripted", live=live)
        self.allowed = threading.Semaphore(0)
        self.frames = frames
        self.error: Exception | None = None
        self.image = flat(1)
        self.reads = 0
        self.reading = threading.Event()

    def allow(self, count: int) -> None:
        self.allowed.release(count)

    def read(self) -> Frame | None:
        self.reading.set()
        self.allowed.acquire()
        if self.error is not None:
            raise self.error
        if self.reads == self.frames:
            return None
        self.reads += 1
        return Frame(self.image, self.reads / 30, self.reads - 1)

    def close(self) -> None:
        self.allow(1)


@contextmanager
def running(source: Scripted, *, stall_seconds: float | None = None) -> Iterator[FrameWorker]:
    worker = FrameWorker(source, stall_seconds=stall_seconds)
    try:
        yield worker
    finally:
        source.close()  # lets a read that hangs return
        worker.close()


def wait_for_reads(worker: FrameWorker, count: int) -> None:
    for _ in range(1000):
        if worker.read_count >= count:
            return
        threading.Event().wait(SOON / 1000)
    raise AssertionError(f"only {worker.read_count} of {count} frames were read")


def test_from_a_live_source_the_newest_frame_wins() -> None:
    source = Scripted(live=True)
    with running(source) as worker:
        source.allow(5)
        wait_for_reads(worker, 5)
        frame = worker.next(SOON)
        assert frame is not None
        assert frame.index == 4
        assert (worker.read_count, worker.dropped) == (5, 4)
        source.allow(1)
        frame = worker.next(SOON)
        assert frame is not None
        assert frame.index == 5
        assert worker.dropped == 4


def test_from_other_sources_every_frame_is_delivered_in_order() -> None:
    source = Scripted(live=False, frames=50)
    source.allow(100)
    with running(source) as worker:
        indices = []
        while (frame := worker.next(SOON)) is not None:
            indices.append(frame.index)
            # One is being looked at, one waits: no more is read ahead.
            assert worker.read_count <= frame.index + 2
        assert worker.ended
        assert (indices, worker.dropped) == (list(range(50)), 0)


def test_the_last_frame_is_delivered_before_the_end() -> None:
    source = Scripted(live=True, frames=1)
    source.allow(2)
    with running(source) as worker:
        worker._thread.join(SOON)
        assert not worker.ended
        assert worker.next(SOON) is not None
        assert worker.next(SOON) is None
        assert worker.ended


def test_a_timeout_is_no_end() -> None:
    source = Scripted(live=True)
    with running(source, stall_seconds=SOON) as worker:
        assert worker.next(0.01) is None
        assert not worker.ended
        source.allow(1)
        assert worker.next(SOON) is not None


@pytest.mark.parametrize("error", [SourceLostError("gone"), RuntimeError("bug")])
def test_an_error_of_the_thread_reaches_the_consumer_each_time(error: Exception) -> None:
    source = Scripted(live=True)
    source.error = error
    with running(source) as worker:
        source.allow(1)
        for _ in range(2):
            with pytest.raises(type(error), match=str(error)):
                worker.next(SOON)


def test_a_frame_read_before_an_error_is_delivered_first() -> None:
    source = Scripted(live=False)
    with running(source) as worker:
        source.allow(1)
        wait_for_reads(worker, 1)
        source.error = SourceLostError("gone")
        assert worker.next(SOON) is not None
        source.allow(1)
        with pytest.raises(SourceLostError):
            worker.next(SOON)


def test_a_read_that_hangs_is_an_error_in_time() -> None:
    source = Scripted(live=True)
    with running(source, stall_seconds=0.05) as worker:
        with pytest.raises(SourceLostError, match=r"scripted has sent no picture for 0\.05 s"):
            worker.next()
        with pytest.raises(SourceLostError):
            worker.next(SOON)


def test_the_source_says_how_long_its_reads_may_take() -> None:
    now = [0.0]
    source = Scripted(live=True)
    source.patience = 7.0
    worker = FrameWorker(source, clock=lambda: now[0])
    try:
        assert source.reading.wait(SOON)
        now[0] = 6.9
        assert worker.next(timeout=0) is None
        now[0] = 7.1
        with pytest.raises(SourceLostError, match="for 7 s"):
            worker.next(timeout=0)
    finally:
        source.close()
        worker.close()


def test_a_consumer_that_takes_its_time_is_no_stall() -> None:
    now = [0.0]
    source = Scripted(live=False)
    source.allow(2)
    worker = FrameWorker(source, stall_seconds=5, clock=lambda: now[0])
    try:
        wait_for_reads(worker, 1)
        now[0] = 1000.0
        assert worker.next(SOON) is not None
        assert worker.next(SOON) is not None
    finally:
        source.close()
        worker.close()


def test_closing_returns_although_a_read_hangs() -> None:
    source = Scripted(live=True)
    worker = FrameWorker(source)
    assert source.reading.wait(SOON)
    closing = threading.Thread(target=worker.close, daemon=True)
    closing.start()
    closing.join(SOON)
    assert not closing.is_alive()
    assert worker._thread.is_alive()  # it does hang
    assert worker._thread.daemon
    assert worker.next(SOON) is None
    assert worker.ended
    source.close()


def test_closing_wakes_a_consumer_that_waits() -> None:
    source = Scripted(live=True)
    worker = FrameWorker(source, stall_seconds=1000)
    got: list[Frame | None] = []
    consumer = threading.Thread(target=lambda: got.append(worker.next()), daemon=True)
    consumer.start()
    worker.close()
    consumer.join(SOON)
    assert got == [None]
    source.close()


def test_a_back_pressured_reader_ends_on_close() -> None:
    source = Scripted(live=False)
    source.allow(5)
    worker = FrameWorker(source)
    wait_for_reads(worker, 1)
    worker.close()
    assert not worker._thread.is_alive()
    assert worker.read_count == 1


def test_garbage_is_an_error() -> None:
    source = Scripted(live=True)
    source.image = np.zeros((4, 4), np.uint8)
    with running(source) as worker:
        source.allow(1)
        with pytest.raises(SourceError, match="scripted sent something that is no picture"):
            worker.next(SOON)

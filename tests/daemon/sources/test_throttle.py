"""What a throttle lets through."""

import numpy as np
import pytest

from daemon.sources.base import Frame
from daemon.sources.throttle import Throttle
from tests.daemon.fakes import ADA, BOB, FakeSource


def test_a_throttle_lets_few_frames_through() -> None:
    times = iter(range(1000))
    source = FakeSource([ADA, BOB] * 50, live=True)
    # Ten ticks of this clock for each frame that is asked for.
    throttle = Throttle(source, lambda: 0.1, clock=lambda: float(next(times)))
    indices = []
    while (frame := throttle.read()) is not None:
        indices.append(frame.index)
    assert indices[0] == 0
    assert min(np.diff(indices)) > 5


def test_a_throttle_leaves_pictures_alone() -> None:
    throttle = Throttle(FakeSource([ADA, BOB]), lambda: 0.001)
    assert [throttle.read() is not None for _ in range(3)] == [True, True, False]


class Camera(FakeSource):
    """Gives a frame when its time has come on a clock that only it moves, and counts what is passed
    over without a picture.
    """

    def __init__(self, fps: float, *, seconds: float = 4.0, decoding: float = 0.0) -> None:
        super().__init__([ADA] * round(fps * seconds), live=True)
        self.now = 0.0
        self.skipped = 0
        self.waits = self.rests = 0
        self._fps, self._decoding, self._count = fps, decoding, 0

    def rest(self, seconds: float, rate: float) -> None:  # noqa: ARG002 - see Throttle
        self.rests += 1
        self.now += seconds

    def _wait(self) -> None:
        self.waits += self.now < self._count / self._fps
        self.now = max(self.now, self._count / self._fps)
        self._count += 1

    def read(self) -> Frame | None:
        self._wait()
        self.now += self._decoding
        return super().read()

    def skip(self) -> bool:
        self._wait()
        self.skipped += 1
        return super().read() is not None


class Dropping(Camera):
    """Keeps the first frames that came in a rest, as a camera does whose buffers are full, and
    loses the others.
    """

    held = 3

    def __init__(self, fps: float) -> None:
        super().__init__(fps)
        self._kept, self._lost = 0, 0

    def rest(self, seconds: float, rate: float) -> None:
        super().rest(seconds, rate)
        waiting = int(self.now * self._fps) + 1 - self._count
        self._kept = min(waiting, self.held)
        self._lost = waiting - self._kept

    def _wait(self) -> None:
        if not self._kept:
            for _ in range(self._lost):
                FakeSource.read(self)
            self._count += self._lost
            self._lost = 0
        self._kept = max(self._kept - 1, 0)
        super()._wait()


@pytest.mark.parametrize(
    ("fps", "rate", "expected"),
    [(30, 30, 30), (30, 60, 30), (25, 30, 25), (60, 30, 30), (30, 15, 15), (30, 3, 3)],
)
@pytest.mark.parametrize("decoding", [0.0, 0.01])
def test_as_many_frames_come_as_are_asked_for(
    fps: float, rate: float, expected: float, decoding: float
) -> None:
    camera = Camera(fps, decoding=decoding)
    throttle = Throttle(camera, lambda: rate, clock=lambda: camera.now)
    taken = 0
    while throttle.read() is not None:
        taken += 1
    assert taken == pytest.approx(4 * expected, rel=0.12, abs=2)
    # What is dropped is not decoded first, but for one frame by which the beat is learnt.
    assert camera.skipped >= fps * 4 - taken - 2


def test_a_higher_rate_holds_at_once() -> None:
    camera = Camera(30)
    rates = [2.0]
    throttle = Throttle(camera, lambda: rates[-1], clock=lambda: camera.now)
    for _ in range(3):
        assert throttle.read() is not None
    slow = camera.now
    rates.append(30.0)
    for _ in range(3):
        assert throttle.read() is not None
    assert slow >= 0.9
    assert camera.now - slow < 5 / 30


@pytest.mark.parametrize("fps", [15, 30, 60])
@pytest.mark.parametrize("rate", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("kind", [Camera, Dropping])
def test_what_nobody_wants_wakes_nobody_and_leaves_nothing_stale(
    fps: float, rate: float, kind: type[Camera]
) -> None:
    camera = kind(fps)
    throttle = Throttle(camera, lambda: rate, rest=camera.rest, clock=lambda: camera.now)
    taken = []
    while (frame := throttle.read()) is not None:
        taken.append(camera.now - frame.index / fps)
    assert len(taken) == pytest.approx(4 * rate, abs=2)
    assert max(taken) < 1.5 / fps
    assert camera.waits + camera.rests < 4 * (3 * rate + 3)


@pytest.mark.parametrize("kind", [Camera, Dropping])
def test_a_rest_ends_with_the_rate_and_the_next_frame_is_a_new_one(kind: type[Camera]) -> None:
    camera, rates = kind(30), [1.0]

    def interrupted(seconds: float, rate: float) -> None:
        assert rate == rates[-1]
        if camera.now > 1.5:
            rates.append(30.0)
            seconds *= 0.7
        camera.rest(seconds, rate)

    throttle = Throttle(camera, lambda: rates[-1], rest=interrupted, clock=lambda: camera.now)
    ages = []
    while rates[-1] < 30.0:
        frame = throttle.read()
        assert frame is not None
        ages.append(camera.now - frame.index / 30)
    assert 0.0 <= ages[-1] < 1.5 / 30


@pytest.mark.parametrize("starved", [0.2, 0.9, 3.0])
@pytest.mark.parametrize("rate", [10.0, 30.0])
def test_frames_that_came_while_nobody_read_say_nothing_of_the_beat(
    starved: float, rate: float
) -> None:
    """A busy machine reads them in a rush, after which a rest seemed to hold hundreds of them: it
    took many seconds to pass over that many, and whoever asked meanwhile saw nothing.
    """
    camera, rates = Camera(30, seconds=30.0, decoding=0.0003), [rate]
    throttle = Throttle(camera, lambda: rates[-1], rest=camera.rest, clock=lambda: camera.now)
    for _ in range(10):
        assert throttle.read() is not None
    camera.now += starved
    rushed = camera.now + 0.05
    while camera.now < rushed:
        assert throttle.read() is not None
    rates.append(2.0)
    for _ in range(5):
        before = camera.now
        frame = throttle.read()
        assert frame is not None
        assert camera.now - before < 0.6
        assert camera.now - frame.index / 30 < 1.5 / 30

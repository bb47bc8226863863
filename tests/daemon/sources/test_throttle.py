"""What a throttle lets through."""

import numpy as np

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

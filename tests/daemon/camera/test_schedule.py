"""The camera is on while it is wanted, and as little as that allows."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon import config
from daemon.camera.schedule import Desired, Duty, Gate, Meter, Want
from models.errors import UsageError

CAMERA = config.Camera(full_rate=30.0, retry_seconds=2.0)
DUTY = config.Duty(
    idle_rate=2.0,
    motion_threshold=0.02,
    blind_seconds=5.0,
    linger_seconds=2.0,
    watch_seconds=600.0,
    close_seconds=0.3,
)
CLOSED = Desired(open=False, rate=0.0, until=math.inf)
STILL, MOVED = 0.0, 0.5

TIMES = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf])
NAMES = st.sampled_from(["a", "b", "c"])

Step = Callable[[Duty, float], object]
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        lambda name, kind, seconds: lambda duty, t: duty.want(name, kind, t, seconds=seconds),
        NAMES,
        st.sampled_from(Want),
        st.floats(0.01, 1e4),
    ),
    st.builds(lambda name: lambda duty, t: duty.unwant(name, t), NAMES),
    st.builds(lambda why: lambda duty, t: duty.block(why, t), st.sampled_from(["lid", "sleep"])),
    st.builds(lambda why: lambda duty, t: duty.unblock(why, t), st.sampled_from(["lid", "sleep"])),
    st.sampled_from([Duty.wake, Duty.failed, Duty.opened, Duty.closed]),
    st.builds(lambda change: lambda duty, t: duty.worth(t, change), st.floats()),
    st.builds(lambda face: lambda duty, t: duty.gate.looked(t, face=face), st.booleans()),
    st.just(lambda duty, _: duty.gate.judged()),
)


def _duty() -> Duty:
    return Duty(CAMERA, DUTY)


def _gate(**settings: object) -> Gate:
    return Gate(config.Duty(**{"idle_rate": 2.0, **settings}), full_rate=30.0)  # type: ignore[arg-type]


def test_what_nobody_wants_is_closed() -> None:
    duty = _duty()
    assert duty.desired(0.0) == CLOSED
    assert duty.meter.seconds(1e6) == 0.0


def test_a_request_has_the_full_rate_until_its_time_is_over() -> None:
    duty = _duty()
    duty.want("ada", Want.ATTEMPT, 0.0, seconds=10.0)
    assert duty.desired(0.0) == Desired(open=True, rate=30.0, until=10.0)
    assert duty.worth(0.0, STILL)
    duty.opened(0.1)
    assert duty.desired(9.9).open
    assert duty.expired(9.9) == frozenset()
    assert duty.expired(10.0) == {"ada"}
    assert duty.desired(10.31) == CLOSED


def test_the_camera_lingers_a_moment_for_the_next_request() -> None:
    duty = _duty()
    duty.want("ada", Want.ATTEMPT, 0.0)
    duty.opened(0.5)
    duty.unwant("ada", 2.0)
    assert duty.desired(2.2) == Desired(open=True, rate=2.0, until=2.3)
    assert duty.desired(2.3) == CLOSED


def test_a_camera_that_never_opened_does_not_linger() -> None:
    duty = _duty()
    duty.want("ada", Want.ATTEMPT, 0.0)
    duty.unwant("ada", 0.1)
    assert duty.desired(0.1) == CLOSED


def test_two_wants_share_and_the_camera_closes_after_the_second() -> None:
    duty = _duty()
    duty.want("ada", Want.ATTEMPT, 0.0)
    duty.want("watch", Want.WATCH, 0.0)
    duty.opened(0.0)
    assert duty.desired(1.0).rate == 30.0
    duty.unwant("ada", 1.0)
    assert duty.desired(1.0).rate == 2.0
    duty.unwant("watch", 2.0)
    assert duty.desired(3.0) == CLOSED


def test_a_watch_is_slow_until_a_face_appears_and_again_after_it_has_gone() -> None:
    duty = _duty()
    duty.want("watch", Want.WATCH, 0.0)
    duty.opened(0.0)
    assert duty.desired(0.0).rate == 2.0
    duty.gate.looked(1.0, face=True)
    assert duty.desired(1.0).rate == 30.0
    duty.gate.looked(2.0, face=False)
    assert duty.desired(2.9).rate == 30.0
    assert duty.desired(3.0).rate == 2.0


def test_a_watch_rests_after_its_time_and_goes_on_when_woken() -> None:
    duty = _duty()
    duty.want("watch", Want.WATCH, 0.0)
    assert duty.desired(0.0).until == 600.0
    assert duty.desired(601.0) == CLOSED
    assert duty.expired(601.0) == {"watch"}
    duty.wake(700.0)
    assert duty.desired(700.0) == Desired(open=True, rate=2.0, until=1300.0)
    assert duty.expired(700.0) == frozenset()


def test_a_wake_lengthens_no_request() -> None:
    duty = _duty()
    duty.want("ada", Want.ATTEMPT, 0.0, seconds=10.0)
    duty.wake(9.0)
    assert duty.expired(10.0) == {"ada"}


def test_a_watch_may_go_on_for_ever_where_that_is_configured() -> None:
    duty = Duty(CAMERA, config.Duty(watch_seconds=0.0))
    duty.want("watch", Want.WATCH, 0.0)
    assert duty.desired(1e9).open
    assert duty.desired(1e9).until == math.inf


def test_a_shorter_time_of_its_own_holds_for_a_watch_too() -> None:
    duty = _duty()
    duty.want("watch", Want.WATCH, 0.0, seconds=5.0)
    assert duty.expired(5.0) == {"watch"}


def test_a_block_closes_at_once_and_without_lingering() -> None:
    duty = _duty()
    duty.want("ada", Want.ATTEMPT, 0.0)
    duty.opened(0.0)
    duty.block("sleep", 1.0)
    duty.block("lid", 1.0)
    assert duty.desired(1.0) == CLOSED
    duty.unblock("sleep", 2.0)
    assert duty.desired(2.0) == CLOSED
    duty.unblock("lid", 3.0)
    assert duty.desired(3.0).open


def test_the_end_of_a_block_wakes_a_watch_that_rested() -> None:
    duty = _duty()
    duty.want("watch", Want.WATCH, 0.0)
    duty.block("sleep", 1.0)
    duty.unblock("sleep", 10_000.0)
    assert duty.desired(10_000.0).open


def test_taking_back_a_block_that_was_none_wakes_nothing() -> None:
    duty = _duty()
    duty.want("watch", Want.WATCH, 0.0)
    duty.unblock("lid", 700.0)
    assert not duty.desired(700.0).open


def test_a_busy_camera_is_tried_again_after_a_while_or_when_something_wakes_it() -> None:
    duty = _duty()
    duty.want("ada", Want.ATTEMPT, 0.0)
    duty.failed(0.5)
    assert duty.desired(1.0) == Desired(open=False, rate=0.0, until=2.5)
    assert duty.desired(2.5).open
    duty.failed(2.5)
    duty.wake(3.0)
    assert duty.desired(3.0).open


def test_a_camera_that_was_lost_stops_counting() -> None:
    duty = _duty()
    duty.want("ada", Want.ATTEMPT, 0.0)
    duty.opened(1.0)
    duty.failed(4.0)
    assert duty.meter.seconds(100.0) == 3.0
    assert not duty.meter.on


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan])
def test_a_want_lasts_some_time(seconds: float) -> None:
    with pytest.raises(UsageError, match="more than 0 seconds"):
        _duty().want("ada", Want.ATTEMPT, 0.0, seconds=seconds)


def test_a_still_scene_is_looked_at_now_and_then() -> None:
    gate = _gate()
    attempts = []
    for tick in range(40):
        if gate.worth(tick / 2, STILL):
            gate.looked(tick / 2, face=False)
            attempts.append(tick / 2)
    assert attempts == [0.0, 5.0, 10.0, 15.0]


@pytest.mark.parametrize("change", [0.02, 1.0, math.inf, math.nan])
def test_a_moving_scene_is_looked_at(change: float) -> None:
    gate = _gate()
    gate.looked(0.0, face=False)
    assert gate.worth(0.5, change)
    assert not gate.worth(0.5, 0.019)


def test_without_the_gate_every_frame_is_looked_at() -> None:
    gate = _gate(motion_gate=False)
    gate.looked(0.0, face=False)
    assert gate.worth(0.1, STILL)


def test_a_face_that_sits_still_is_looked_at_until_it_is_judged() -> None:
    gate = _gate()
    gate.looked(0.0, face=True)
    assert gate.attentive(0.1)
    assert gate.worth(0.1, STILL)
    gate.judged()
    assert not gate.worth(0.2, STILL)
    assert gate.rate(0.2) == 2.0


def test_a_stranger_who_stays_is_not_judged_again_however_much_he_moves() -> None:
    gate = _gate()
    gate.looked(0.0, face=True)
    gate.judged()
    for tick in range(1, 100):
        assert gate.worth(tick, MOVED)
        gate.looked(tick, face=True)
        assert not gate.attentive(tick)


@pytest.mark.parametrize("change", ["empty", "restart"])
def test_who_comes_after_that_is_looked_at_anew(change: str) -> None:
    gate = _gate()
    gate.looked(0.0, face=True)
    gate.judged()
    if change == "empty":
        gate.looked(1.0, face=False)
    else:
        gate.restart()
    gate.looked(2.0, face=True)
    assert gate.attentive(2.0)


def test_the_meter_counts_open_time_only() -> None:
    meter = Meter()
    meter.opened(10.0)
    meter.opened(12.0)
    assert meter.seconds(13.0) == 3.0
    meter.closed(15.0)
    meter.closed(20.0)
    assert meter.seconds(30.0) == 5.0
    meter.opened(40.0)
    assert meter.seconds(41.0) == 6.0


def test_the_meter_does_not_start_at_no_time() -> None:
    meter = Meter()
    meter.opened(math.nan)
    assert not meter.on
    assert meter.seconds(5.0) == 0.0


@given(st.lists(st.tuples(STEPS, TIMES), max_size=40), TIMES)
def test_whatever_happens_the_camera_is_open_only_for_a_reason(
    steps: list[tuple[Step, float]], time: float
) -> None:
    duty = _duty()
    for step, at in steps:
        step(duty, at)
    desired = duty.desired(time)
    assert desired.open == (desired.rate > 0.0)
    assert desired.rate in {0.0, 2.0, 30.0}
    for name in ("a", "b", "c"):
        duty.unwant(name, 2e6)
    assert duty.desired(2e6 + 0.3) == CLOSED


@given(st.lists(st.tuples(STEPS, TIMES), max_size=40), TIMES)
def test_whatever_happens_a_block_keeps_the_camera_closed(
    steps: list[tuple[Step, float]], time: float
) -> None:
    duty = _duty()
    for step, at in steps:
        step(duty, at)
    duty.block("paused", time)
    assert duty.desired(time) == CLOSED
    duty.wake(time)
    duty.want("d", Want.ATTEMPT, time)
    assert duty.desired(time) == CLOSED


@given(st.lists(st.tuples(STEPS, TIMES), max_size=40))
def test_the_meter_never_counts_more_than_has_passed(steps: list[tuple[Step, float]]) -> None:
    duty = _duty()
    finite = [time for _, time in steps if math.isfinite(time)]
    for step, time in steps:
        step(duty, time)
    passed = max(finite) - min(finite) if finite else 0.0
    assert 0.0 <= duty.meter.seconds(-math.inf) <= passed + 1e-6


@given(st.lists(st.tuples(st.floats(0.01, 4.9), st.floats(0, 0.019), st.booleans()), max_size=60))
def test_no_scene_goes_unseen_for_longer_than_configured(
    frames: list[tuple[float, float, bool]],
) -> None:
    gate = _gate()
    time, looked = 0.0, None
    for step, change, face in frames:
        time += step
        if gate.worth(time, change):
            gate.looked(time, face=face)
            looked = time
        assert looked is not None
        assert time - looked < 5.0 + 1e-9

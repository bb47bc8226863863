"""The camera is on while it is wanted, and as little as that allows."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon import config
from daemon.camera.schedule import (
    CameraSchedule,
    Desired,
    FrameSelector,
    GlanceSelector,
    OpenTimer,
    Purpose,
)
from models.errors import UsageError

CAMERA = config.Camera(full_rate=30.0, retry_seconds=2.0)
SETTINGS = config.Schedule(
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

Step = Callable[[CameraSchedule, float], object]
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        lambda name, kind, seconds: (
            lambda schedule, t: schedule.request(name, kind, t, seconds=seconds)
        ),
        NAMES,
        st.sampled_from(Purpose),
        st.floats(0.01, 1e4),
    ),
    st.builds(lambda name: lambda schedule, t: schedule.release(name, t), NAMES),
    st.builds(
        lambda why: lambda schedule, t: schedule.block(why, t), st.sampled_from(["lid", "sleep"])
    ),
    st.builds(
        lambda why: lambda schedule, t: schedule.unblock(why, t), st.sampled_from(["lid", "sleep"])
    ),
    st.sampled_from(
        [CameraSchedule.wake, CameraSchedule.failed, CameraSchedule.opened, CameraSchedule.closed]
    ),
    st.builds(lambda change: lambda schedule, t: schedule.selects(t, change), st.floats()),
    st.builds(lambda face: lambda schedule, t: schedule.analysed(t, face=face), st.booleans()),
    st.just(lambda schedule, _: schedule.selector.decided()),
)


def _schedule() -> CameraSchedule:
    return CameraSchedule(CAMERA, SETTINGS)


def _selector(**settings: object) -> FrameSelector:
    return FrameSelector(config.Schedule(**{"idle_rate": 2.0, **settings}), full_rate=30.0)  # type: ignore[arg-type]


def test_what_nobody_wants_is_closed() -> None:
    schedule = _schedule()
    assert schedule.desired(0.0) == CLOSED
    assert schedule.timer.seconds(1e6) == 0.0


def test_a_request_has_the_full_rate_until_its_time_is_over() -> None:
    schedule = _schedule()
    schedule.request("ada", Purpose.ATTEMPT, 0.0, seconds=10.0)
    assert schedule.desired(0.0) == Desired(open=True, rate=30.0, until=10.0)
    assert schedule.selects(0.0, STILL)
    schedule.opened(0.1)
    assert schedule.desired(9.9).rate == 30.0
    assert schedule.desired(10.0).rate == 2.0
    assert schedule.desired(10.31) == CLOSED


def test_the_camera_lingers_a_moment_for_the_next_request() -> None:
    schedule = _schedule()
    schedule.request("ada", Purpose.ATTEMPT, 0.0)
    schedule.opened(0.5)
    schedule.release("ada", 2.0)
    assert schedule.desired(2.2) == Desired(open=True, rate=2.0, until=2.3)
    assert schedule.desired(2.3) == CLOSED


def test_a_camera_that_never_opened_does_not_linger() -> None:
    schedule = _schedule()
    schedule.request("ada", Purpose.ATTEMPT, 0.0)
    schedule.release("ada", 0.1)
    assert schedule.desired(0.1) == CLOSED


def test_two_wants_share_and_the_camera_closes_after_the_second() -> None:
    schedule = _schedule()
    schedule.request("ada", Purpose.ATTEMPT, 0.0)
    schedule.request("watch", Purpose.WATCH, 0.0)
    schedule.opened(0.0)
    assert schedule.desired(1.0).rate == 30.0
    schedule.release("ada", 1.0)
    assert schedule.desired(1.0).rate == 2.0
    schedule.release("watch", 2.0)
    assert schedule.desired(3.0) == CLOSED


def test_a_watch_is_slow_until_a_face_appears_and_again_after_it_has_gone() -> None:
    schedule = _schedule()
    schedule.request("watch", Purpose.WATCH, 0.0)
    schedule.opened(0.0)
    assert schedule.desired(0.0).rate == 2.0
    schedule.selector.analysed(1.0, face=True)
    assert schedule.desired(1.0).rate == 30.0
    schedule.selector.analysed(2.0, face=False)
    assert schedule.desired(2.9).rate == 30.0
    assert schedule.desired(3.0).rate == 2.0


def test_a_watch_rests_after_its_time_and_goes_on_when_woken() -> None:
    schedule = _schedule()
    schedule.request("watch", Purpose.WATCH, 0.0)
    assert schedule.desired(0.0).until == 600.0
    assert schedule.desired(601.0) == CLOSED
    schedule.wake(700.0)
    assert schedule.desired(700.0) == Desired(open=True, rate=2.0, until=1300.0)


def test_a_wake_lengthens_no_request() -> None:
    schedule = _schedule()
    schedule.request("ada", Purpose.ATTEMPT, 0.0, seconds=10.0)
    schedule.wake(9.0)
    assert schedule.desired(9.9).until == 10.0
    assert schedule.desired(10.0) == CLOSED


def test_a_watch_may_go_on_for_ever_where_that_is_configured() -> None:
    schedule = CameraSchedule(CAMERA, config.Schedule(watch_seconds=0.0))
    schedule.request("watch", Purpose.WATCH, 0.0)
    assert schedule.desired(1e9).open
    assert schedule.desired(1e9).until == math.inf


def test_a_shorter_time_of_its_own_holds_for_a_watch_too() -> None:
    schedule = _schedule()
    schedule.request("watch", Purpose.WATCH, 0.0, seconds=5.0)
    assert schedule.desired(4.9) == Desired(open=True, rate=2.0, until=5.0)
    assert schedule.desired(5.0) == CLOSED


def test_a_block_closes_at_once_and_without_lingering() -> None:
    schedule = _schedule()
    schedule.request("ada", Purpose.ATTEMPT, 0.0)
    schedule.opened(0.0)
    schedule.block("sleep", 1.0)
    schedule.block("lid", 1.0)
    assert schedule.desired(1.0) == CLOSED
    schedule.unblock("sleep", 2.0)
    assert schedule.desired(2.0) == CLOSED
    schedule.unblock("lid", 3.0)
    assert schedule.desired(3.0).open


def test_the_end_of_a_block_wakes_a_watch_that_rested() -> None:
    schedule = _schedule()
    schedule.request("watch", Purpose.WATCH, 0.0)
    schedule.block("sleep", 1.0)
    schedule.unblock("sleep", 10_000.0)
    assert schedule.desired(10_000.0).open


def test_taking_back_a_block_that_was_none_wakes_nothing() -> None:
    schedule = _schedule()
    schedule.request("watch", Purpose.WATCH, 0.0)
    schedule.unblock("lid", 700.0)
    assert not schedule.desired(700.0).open


def test_a_busy_camera_is_tried_again_after_a_while_or_when_something_wakes_it() -> None:
    schedule = _schedule()
    schedule.request("ada", Purpose.ATTEMPT, 0.0)
    schedule.failed(0.5)
    assert schedule.desired(1.0) == Desired(open=False, rate=0.0, until=2.5)
    assert schedule.desired(2.5).open
    schedule.failed(2.5)
    schedule.wake(3.0)
    assert schedule.desired(3.0).open


def test_a_camera_that_was_lost_stops_counting() -> None:
    schedule = _schedule()
    schedule.request("ada", Purpose.ATTEMPT, 0.0)
    schedule.opened(1.0)
    schedule.failed(4.0)
    assert schedule.timer.seconds(100.0) == 3.0
    assert not schedule.timer.on


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan])
def test_a_want_lasts_some_time(seconds: float) -> None:
    with pytest.raises(UsageError, match="more than 0 seconds"):
        _schedule().request("ada", Purpose.ATTEMPT, 0.0, seconds=seconds)


def test_a_still_scene_is_analysed_at_now_and_then() -> None:
    selector = _selector()
    attempts = []
    for tick in range(40):
        if selector.selects(tick / 2, STILL):
            selector.analysed(tick / 2, face=False)
            attempts.append(tick / 2)
    assert attempts == [0.0, 5.0, 10.0, 15.0]


@pytest.mark.parametrize("change", [0.02, 1.0, math.inf, math.nan])
def test_a_moving_scene_is_analysed_at(change: float) -> None:
    selector = _selector()
    selector.analysed(0.0, face=False)
    assert selector.selects(0.5, change)
    assert not selector.selects(0.5, 0.019)


def test_without_the_gate_every_frame_is_analysed() -> None:
    selector = _selector(motion_gate=False)
    selector.analysed(0.0, face=False)
    assert selector.selects(0.1, STILL)


def test_a_face_that_sits_still_is_analysed_until_there_is_a_verdict() -> None:
    selector = _selector()
    selector.analysed(0.0, face=True)
    assert selector.attentive(0.1)
    assert selector.selects(0.1, STILL)
    selector.decided()
    assert not selector.selects(0.2, STILL)
    assert selector.rate(0.2) == 2.0


def test_a_stranger_who_stays_is_not_tried_again_however_much_he_moves() -> None:
    selector = _selector()
    selector.analysed(0.0, face=True)
    selector.decided()
    for tick in range(1, 100):
        assert selector.selects(tick, MOVED)
        selector.analysed(tick, face=True)
        assert not selector.attentive(tick)


@pytest.mark.parametrize("change", ["empty", "restart"])
def test_who_comes_after_that_is_analysed_at_anew(change: str) -> None:
    selector = _selector()
    selector.analysed(0.0, face=True)
    selector.decided()
    if change == "empty":
        selector.analysed(1.0, face=False)
    else:
        selector.restart()
    selector.analysed(2.0, face=True)
    assert selector.attentive(2.0)


def test_of_glances_at_what_moves_a_frame_is_analysed_now_and_then() -> None:
    selector, analysed = GlanceSelector(SETTINGS), []
    for tick in range(40):
        # The second frame of each six differs, from the tenth second on none.
        if selector.selects(tick / 2, MOVED if tick % 6 == 1 and tick < 20 else STILL):
            selector.analysed(tick / 2)
            analysed.append(tick / 2)
    assert analysed == [0.0, 2.0, 4.0, 6.5, 9.5, 14.5, 19.5]
    selector.restart()
    assert selector.selects(19.6, STILL)


def test_without_the_gate_glances_are_analysed_no_more_often() -> None:
    selector = GlanceSelector(config.Schedule(motion_gate=False))
    selector.analysed(0.0)
    assert [selector.selects(time, STILL) for time in (1.0, 1.5, 2.0)] == [False, False, True]


def test_a_face_that_glances_see_does_not_raise_the_rate_unless_somebody_is_watched_for() -> None:
    schedule = _schedule()
    schedule.request("glances", Purpose.GLANCE, 0.0)
    schedule.opened(0.0)
    assert schedule.selects(0.0, math.inf)
    schedule.analysed(0.0, face=True)
    assert schedule.desired(0.1).rate == 2.0
    assert not schedule.selects(0.5, MOVED)
    schedule.request("watch", Purpose.WATCH, 1.0)
    assert schedule.selects(1.0, STILL)
    schedule.analysed(1.0, face=True)
    assert schedule.desired(1.1).rate == 30.0
    schedule.request("ada", Purpose.ATTEMPT, 1.2)
    schedule.release("watch", 1.2)
    assert schedule.desired(1.3).rate == 30.0
    schedule.release("ada", 1.4)
    assert schedule.desired(1.5).rate == 2.0


def test_the_timer_counts_open_time_only() -> None:
    timer = OpenTimer()
    timer.opened(10.0)
    timer.opened(12.0)
    assert timer.seconds(13.0) == 3.0
    timer.closed(15.0)
    timer.closed(20.0)
    assert timer.seconds(30.0) == 5.0
    timer.opened(40.0)
    assert timer.seconds(41.0) == 6.0


def test_the_timer_does_not_start_at_no_time() -> None:
    timer = OpenTimer()
    timer.opened(math.nan)
    assert not timer.on
    assert timer.seconds(5.0) == 0.0


@given(st.lists(st.tuples(STEPS, TIMES), max_size=40), TIMES)
def test_whatever_happens_the_camera_is_open_only_for_a_reason(
    steps: list[tuple[Step, float]], time: float
) -> None:
    schedule = _schedule()
    for step, at in steps:
        step(schedule, at)
    desired = schedule.desired(time)
    assert desired.open == (desired.rate > 0.0)
    assert desired.rate in {0.0, 2.0, 30.0}
    for name in ("a", "b", "c"):
        schedule.release(name, 2e6)
    assert schedule.desired(2e6 + 0.3) == CLOSED


@given(st.lists(st.tuples(STEPS, TIMES), max_size=40), TIMES)
def test_whatever_happens_a_block_keeps_the_camera_closed(
    steps: list[tuple[Step, float]], time: float
) -> None:
    schedule = _schedule()
    for step, at in steps:
        step(schedule, at)
    schedule.block("paused", time)
    assert schedule.desired(time) == CLOSED
    schedule.wake(time)
    schedule.request("d", Purpose.ATTEMPT, time)
    assert schedule.desired(time) == CLOSED


@given(st.lists(st.tuples(STEPS, TIMES), max_size=40))
def test_the_timer_never_counts_more_than_has_passed(steps: list[tuple[Step, float]]) -> None:
    schedule = _schedule()
    finite = [time for _, time in steps if math.isfinite(time)]
    for step, time in steps:
        step(schedule, time)
    passed = max(finite) - min(finite) if finite else 0.0
    assert 0.0 <= schedule.timer.seconds(-math.inf) <= passed + 1e-6


@given(st.lists(st.tuples(st.floats(0.01, 4.9), st.floats(0, 0.019), st.booleans()), max_size=60))
def test_no_scene_goes_unseen_for_longer_than_configured(
    frames: list[tuple[float, float, bool]],
) -> None:
    selector = _selector()
    time, looked = 0.0, None
    for step, change, face in frames:
        time += step
        if selector.selects(time, change):
            selector.analysed(time, face=face)
            looked = time
        assert looked is not None
        assert time - looked < 5.0 + 1e-9

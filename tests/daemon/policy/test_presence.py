"""When a session is locked because its owner has left: never too early, never much too late."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import Leave
from daemon.policy.presence import (
    LEAST_MISSES,
    MOST_LOCKS,
    STRANGER_SECONDS,
    WARNING_SECONDS,
    Do,
    Leaving,
    Sight,
    Step,
)

LOOK_SECONDS = 1.2
"""A look at nobody: the camera opens, and three frames come."""
SLACK_SECONDS = 2.0
"""By which a lock may come later than its owner was promised."""
_UNCLEAR = (Sight.FACE, Sight.MOTION, Sight.DARK)
_GONE = (Sight.NOBODY, Sight.OTHER)
Scene = Callable[[float], Sight]


class Played:
    """A session whose owner touches nothing from 0 on, before a camera that shows `scene`."""

    def __init__(
        self,
        scene: Scene,
        *,
        leave: Leave | None = None,
        seconds: float = 30.0,
        until: float = 2000.0,
        keys: tuple[float, ...] = (),
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self.machine = Leaving(leave or Leave(), seconds=seconds, time=0.0)
        self.locked_at = math.inf
        self.warned_at: list[float] = []
        self.looks: list[float] = []
        self.camera_seconds = 0.0
        self._play(scene, until, sorted(keys), look_seconds)

    def _play(self, scene: Scene, until: float, keys: list[float], look_seconds: float) -> None:
        time = 0.0
        while time < until:
            step = self._step(time)
            if step.do is Do.LOCK:
                self.locked_at = time
                return
            after = time + look_seconds if step.do is Do.LOOK else step.until
            pressed = [key for key in keys if time < key <= after]
            if step.do is Do.LOOK:
                self.looks.append(time)
                self.camera_seconds += look_seconds
                self.machine.looked(after, scene(after))
            for key in pressed:
                self.machine.used(key)
            time = after if step.do is Do.LOOK else min([after, *pressed])

    def _step(self, time: float) -> Step:
        step = self.machine.step(time)
        if step.warning is not None:
            self.warned_at.append(time)
        return step


def always(sight: Sight) -> Scene:
    return lambda _time: sight


def leaves_at(moment: float, *, then: Sight = Sight.NOBODY, before: Sight = Sight.OWNER) -> Scene:
    return lambda time: before if time < moment else then


@pytest.mark.parametrize("seconds", [10.0, 30.0, 60.0, 600.0])
def test_a_session_is_locked_when_its_owner_was_last_seen_so_long_ago(seconds: float) -> None:
    played = Played(always(Sight.NOBODY), seconds=seconds)
    assert seconds <= played.locked_at <= seconds + SLACK_SECONDS


def test_whoever_is_seen_is_not_locked_out() -> None:
    assert Played(always(Sight.OWNER)).locked_at == math.inf


def test_whoever_leaves_is_locked_out_within_the_seconds_from_then() -> None:
    played = Played(leaves_at(100.0), seconds=30.0)
    assert 100.0 < played.locked_at <= 130.0 + SLACK_SECONDS


def test_the_owner_is_warned_first_and_a_key_takes_it_back() -> None:
    played = Played(always(Sight.NOBODY), seconds=30.0)
    assert 30.0 - WARNING_SECONDS <= played.warned_at[0] < played.locked_at
    played = Played(always(Sight.NOBODY), seconds=30.0, keys=(27.0,))
    assert played.locked_at >= 57.0


def test_a_face_that_comes_back_during_the_warning_takes_it_back() -> None:
    played = Played(lambda time: Sight.NOBODY if time < 27.0 else Sight.OWNER, seconds=30.0)
    assert played.warned_at
    assert played.locked_at == math.inf


@pytest.mark.parametrize("sight", _UNCLEAR)
def test_who_may_be_the_owner_holds_it_up_but_not_for_ever(sight: Sight) -> None:
    leave = Leave(limit=120.0)
    played = Played(always(sight), leave=leave, seconds=30.0)
    assert 120.0 < played.locked_at <= 150.0 + SLACK_SECONDS


@pytest.mark.parametrize("sight", _UNCLEAR)
def test_who_turns_away_and_back_is_not_locked_out(sight: Sight) -> None:
    played = Played(lambda time: sight if time % 100.0 < 90.0 else Sight.OWNER)
    assert played.locked_at == math.inf


@pytest.mark.parametrize("sight", [Sight.FACE, Sight.MOTION])
def test_once_somebody_else_was_seen_what_may_be_the_owner_is_not(sight: Sight) -> None:
    scene: Scene = lambda time: Sight.OTHER if time < 20.0 else sight  # noqa: E731
    assert 30.0 <= Played(scene, seconds=30.0).locked_at <= 30.0 + SLACK_SECONDS


def test_somebody_else_alone_locks_as_if_nobody_were_there() -> None:
    assert Played(always(Sight.OTHER), seconds=60.0).locked_at >= 60.0


def test_somebody_else_alone_locks_sooner_if_asked_to() -> None:
    leave = Leave(stranger=True)
    played = Played(leaves_at(40.0, then=Sight.OTHER), leave=leave, seconds=60.0)
    first = next(look for look in played.looks if look + LOOK_SECONDS >= 40.0)
    assert played.locked_at <= first + LOOK_SECONDS + STRANGER_SECONDS + SLACK_SECONDS
    assert played.warned_at


def test_somebody_who_passes_locks_nothing_sooner() -> None:
    leave = Leave(stranger=True)
    scene: Scene = lambda time: Sight.OTHER if 40.0 < time < 42.0 else Sight.OWNER  # noqa: E731
    assert Played(scene, leave=leave, seconds=60.0).locked_at == math.inf


def test_a_camera_that_another_program_has_locks_nobody_out() -> None:
    played = Played(always(Sight.BLIND), seconds=60.0)
    assert played.locked_at == math.inf
    assert len(played.looks) < 2000 / 20


def test_after_a_call_the_seconds_begin_anew() -> None:
    played = Played(leaves_at(100.0, before=Sight.BLIND), seconds=30.0)
    assert played.locked_at >= 110.0


def test_in_the_dark_nobody_is_looked_for() -> None:
    machine = Leaving(Leave(), seconds=30.0, time=0.0)
    assert machine.step(20.0, dark=True) == Step(Do.WAIT, 30.0)
    assert machine.step(30.0, dark=True).do is Do.LOCK


def test_a_session_that_does_not_lock_is_told_again_but_not_for_ever() -> None:
    machine = Leaving(Leave(), seconds=10.0, time=0.0)
    told = 0
    for second in range(10, 200):
        machine.looked(second, Sight.NOBODY)
        told += machine.step(second).do is Do.LOCK
    assert told == MOST_LOCKS
    machine.used(200.0)
    assert machine.step(201.0).do is Do.WAIT


def test_one_look_without_the_owner_is_not_enough() -> None:
    assert LEAST_MISSES > 1
    machine = Leaving(Leave(), seconds=10.0, time=0.0)
    machine.looked(11.0, Sight.NOBODY)
    assert machine.step(11.0).do is not Do.LOCK


def test_an_old_look_says_nothing_of_who_is_there_now() -> None:
    machine = Leaving(Leave(), seconds=10.0, time=0.0)
    machine.looked(5.0, Sight.NOBODY)
    machine.looked(6.0, Sight.NOBODY)
    assert machine.step(60.0).do is Do.LOOK


def test_the_camera_is_on_for_a_twentieth_of_the_time_at_most_while_the_owner_reads() -> None:
    played = Played(always(Sight.OWNER), seconds=60.0, until=3600.0, look_seconds=0.7)
    assert played.camera_seconds <= 3600.0 / 20


def test_keys_that_are_told_late_or_out_of_order_turn_nothing_back() -> None:
    machine = Leaving(Leave(), seconds=30.0, time=0.0)
    machine.used(20.0)
    machine.used(5.0)
    machine.used(math.nan)
    assert machine.seen_at == 20.0


_SIGHTS = st.lists(st.sampled_from(list(Sight)), min_size=1, max_size=40)
_SECONDS = st.floats(10.0, 200.0)
_SETTINGS = st.builds(Leave, look_every=st.floats(1.0, 60.0), limit=st.floats(10.0, 1000.0))


def _story(sights: list[Sight], each: float) -> Scene:
    return lambda time: sights[min(int(time / each), len(sights) - 1)]


@given(
    sights=_SIGHTS,
    each=st.floats(0.5, 60.0),
    seconds=_SECONDS,
    leave=_SETTINGS,
    keys=st.lists(st.floats(0.0, 500.0), max_size=8),
    look=st.floats(0.2, 3.0),
)
def test_never_within_the_seconds_of_a_key(
    *,
    sights: list[Sight],
    each: float,
    seconds: float,
    leave: Leave,
    keys: list[float],
    look: float,
) -> None:
    played = Played(
        _story(sights, each), leave=leave, seconds=seconds, keys=tuple(keys), look_seconds=look
    )
    before = max([0.0, *(key for key in keys if key <= played.locked_at)])
    assert played.locked_at >= before + seconds - 1e-6


@given(
    sights=_SIGHTS,
    each=st.floats(0.5, 60.0),
    last=st.sampled_from(_GONE),
    seconds=_SECONDS,
    leave=_SETTINGS,
)
def test_always_within_the_seconds_once_nobody_is_there(
    sights: list[Sight], each: float, last: Sight, seconds: float, leave: Leave
) -> None:
    gone_at = each * len(sights)
    played = Played(
        _story([*sights, last], each), leave=leave, seconds=seconds, until=gone_at + 2000.0
    )
    assert played.locked_at <= gone_at + seconds + LOOK_SECONDS + SLACK_SECONDS


@given(sights=st.lists(st.sampled_from(_UNCLEAR), min_size=1), seconds=_SECONDS, leave=_SETTINGS)
def test_what_may_be_the_owner_never_keeps_it_open_beyond_the_limit(
    sights: list[Sight], seconds: float, leave: Leave
) -> None:
    played = Played(_story(sights, 7.0), leave=leave, seconds=seconds, until=5000.0)
    longest = max(leave.limit, seconds) + seconds
    assert played.locked_at <= longest + SLACK_SECONDS + LOOK_SECONDS


@given(sights=st.lists(st.sampled_from([Sight.OWNER, *_UNCLEAR]), min_size=1), seconds=_SECONDS)
def test_never_while_the_owner_is_seen_within_the_limit(
    sights: list[Sight], seconds: float
) -> None:
    scene: Scene = lambda time: (  # noqa: E731
        Sight.OWNER if time % 200.0 < 130.0 else sights[int(time / 7.0) % len(sights)]
    )
    assert Played(scene, seconds=seconds).locked_at == math.inf

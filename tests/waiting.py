"""Waiting in tests: for something to happen, or to see that it does not. Nothing else here sleeps.

None of it measures: a busy computer makes a test slower, never red.
"""

import time
from collections.abc import Callable
from typing import NoReturn, TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds until a test gives up waiting; nothing is expected to take them."""
_FIRST = 0.01
_LONGEST = 0.1
_LOOKS = 0.25


def eventually(condition: Callable[[], T | None], what: str, *, seconds: float = PATIENCE) -> T:
    """Waits until `condition` is true; gives what it gave. Fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = _FIRST
    while not (found := condition()):
        if time.monotonic() > deadline:
            _fail(f"waited in vain: {what}")
        # Asking costs the computer on which it shall happen: less and less often.
        time.sleep(pause)
        pause = min(1.3 * pause, _LONGEST)
    return found


def _fail(why: str) -> NoReturn:
    import pytest  # `tests.machine.ahead` runs where nothing is installed yet

    pytest.fail(why)


def within(seconds: float, condition: Callable[[], object], *, between: float = 0.05) -> bool:
    """Whether `condition` becomes true in that time; asked once at least, and at the end."""
    deadline = time.monotonic() + seconds
    while True:
        last = time.monotonic() >= deadline
        if condition():
            return True
        if last:
            return False
        time.sleep(between)


def stays(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Fails the test as soon as `condition` is no longer true; asked once at the end at least.

    For what must not happen, of which no event tells: a busy computer sees less of it.
    """
    deadline = time.monotonic() + seconds
    while True:
        last = time.monotonic() >= deadline
        if not condition():
            _fail(f"did not stay: {what}")
        if last:
            return
        time.sleep(min(_LOOKS, seconds))


def lasting(seconds: float, why: str) -> None:
    """Lets time pass, where a time is what is tested or measured. `why` is for the reader."""
    assert why
    time.sleep(seconds)

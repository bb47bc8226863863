"""Whichever part of the desktop knows something is followed, and another one where that ends."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from daemon.clients.agent import displays, idle
from daemon.clients.agent.desktop_parts import follow_first

SECONDS = 10.0
Kind = Callable[[Callable[..., None]], Awaitable[bool]]


def kind(*lives: Sequence[bool] | Sequence[float]) -> Kind:
    """One that is there so many times, and tells this each time before it ends."""
    left = list(lives)

    async def follow(hear: Callable[..., None]) -> bool:
        if not left:
            return False
        for value in left.pop(0):
            hear(value)
        return True

    return follow


def heard_of_displays(*kinds: Kind) -> list[bool]:
    """All that is told until nobody is there."""
    heard: list[bool] = []
    following = displays.follow(heard.append, kinds, again_seconds=0.0)
    asyncio.run(asyncio.wait_for(following, SECONDS))
    return heard


def heard_of_use(*kinds: Kind) -> list[float | None]:
    """All that is told until nobody is there."""
    heard: list[float | None] = []
    following = idle.follow(heard.append, kinds, again_seconds=0.0)
    asyncio.run(asyncio.wait_for(following, SECONDS))
    return heard


def test_displays_of_whom_nobody_tells_any_more_count_as_on() -> None:
    assert heard_of_displays(kind([True, True, False])) == [True, False, True]
    assert heard_of_displays(kind([True])) == [True]
    assert heard_of_displays(kind()) == []


def test_who_knows_nothing_leaves_it_to_the_next() -> None:
    assert heard_of_displays(kind(), kind([True]), kind()) == [True]


def test_a_shell_that_starts_anew_is_followed_again() -> None:
    assert heard_of_displays(kind([False], [True, False])) == [False, True, False, True]
    assert heard_of_use(kind([0.0, 5.0], [0.0])) == [0.0, 5.0, None, 0.0, None, None]


def test_where_a_shell_has_gone_the_x_server_is_asked() -> None:
    assert heard_of_displays(kind([True, False]), kind([False])) == [True, False, True, False, True]


def test_nobody_to_ask_about_use_is_told_too() -> None:
    assert heard_of_use(kind()) == [None]


def test_there_is_time_between_two_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever ends as soon as it is followed must not keep a processor busy."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    ends, lost = kind([], []), []
    asyncio.run(follow_first([lambda: ends(print)], lambda: lost.append(len(waited))))
    assert waited == [5.0, 5.0]
    assert lost == [0, 1]

"""An X server that is asked for how long nobody touched anything."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Self

import pytest
from Xlib import error as xerror

from daemon.clients.agent.x_idle import XIdle


@dataclass
class _Info:
    idle: int


@dataclass
class _Server:
    """Answers with one after another of `times`, in milliseconds, then ends."""

    times: list[int]
    extension: bool = True
    closed: bool = False
    rests: list[float] = field(default_factory=list)

    def has_extension(self, name: str) -> bool:
        assert name == "MIT-SCREEN-SAVER"
        return self.extension

    def screen(self) -> Self:
        return self

    @property
    def root(self) -> Self:
        return self

    def screensaver_query_info(self) -> _Info:
        if not self.times:
            raise xerror.ConnectionClosedError("server")
        return _Info(self.times.pop(0))

    def close(self) -> None:
        self.closed = True

    async def rest(self, seconds: float) -> None:
        self.rests.append(seconds)


def _not_told(seconds: float | None) -> None:
    pytest.fail(f"told of {seconds} s")


def _heard(server: _Server) -> tuple[list[float | None], bool]:
    heard: list[float | None] = []
    idle = XIdle(heard.append, 5.0, connect=lambda: server, rest=server.rest)
    knew = asyncio.run(idle.run())
    assert server.closed
    return heard, knew


def test_each_change_is_told_once() -> None:
    server = _Server([0, 3000, 5000, 6000, 20, 5100])
    assert _heard(server) == ([0.0, 5.0, 0.0, 5.1], True)


def test_a_session_in_use_is_asked_when_it_may_have_become_idle() -> None:
    server = _Server([1000, 4900, 7000])
    _heard(server)
    assert server.rests == [4.0, 1.0, 1.0]


def test_a_server_without_the_extension_tells_nothing() -> None:
    assert _heard(_Server([0], extension=False)) == ([], False)


@pytest.mark.parametrize("error", [xerror.DisplayConnectionError(":9", "no"), OSError()])
def test_without_a_server_nothing_is_told(error: Exception) -> None:
    def connect() -> Any:
        raise error

    assert not asyncio.run(XIdle(_not_told, 5.0, connect=connect).run())

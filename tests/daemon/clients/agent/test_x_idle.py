"""An X server that tells of idle time by its alarms."""

import asyncio
import socket
from typing import Any, Self

import pytest
from Xlib import error as xerror

from daemon.clients.agent.x_idle import XIdle

IDLE, USED, ANOTHER = 1, 2, 3


class _Server:
    """Idle for `seconds` at first; then alarms of `stories` go off, each at once; then it ends."""

    def __init__(self, seconds: float, *stories: list[int], counter: bool = True) -> None:
        self._seconds = seconds
        self._stories = list(stories)
        self._counter = counter
        self._ours, self._theirs = socket.socketpair()
        self.asked: list[tuple[float, bool]] = []
        self.closed = False

    def __call__(self, display: Any) -> Self:
        assert display is self
        return self

    def fileno(self) -> int:
        return self._ours.fileno()

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()
        self.closed = True
        if not self._stories:
            raise xerror.ConnectionClosedError("server")

    def begin(self) -> bool:
        return self._counter

    def idle_seconds(self) -> float:
        return self._seconds

    def watch(self, seconds: float, *, below: bool) -> int:
        self.asked.append((seconds, below))
        return USED if below else IDLE

    def gone_off(self) -> list[int]:
        if not self._stories:
            raise xerror.ConnectionClosedError("server")
        # Something to be read at once.
        self._theirs.send(b"x")
        return self._stories.pop(0)


def _not_told(seconds: float | None) -> None:
    pytest.fail(f"told of {seconds} s")


def _heard(server: _Server) -> tuple[list[float | None], bool]:
    heard: list[float | None] = []
    idle = XIdle(heard.append, 5.0, connect=lambda: server, alarms=server)
    knew = asyncio.run(idle.run())
    assert server.closed
    return heard, knew


def test_a_session_in_use_is_told_of_at_once_and_each_change_once() -> None:
    server = _Server(1.0, [], [IDLE], [IDLE], [USED], [USED, IDLE])
    assert _heard(server) == ([0.0, 5.0, 0.0, 5.0], True)
    assert server.asked == [(5.0, False), (5.0, True)]


def test_a_session_that_is_idle_already_says_for_how_long() -> None:
    assert _heard(_Server(70.0, [], [IDLE], [USED])) == ([70.0, 0.0], True)


def test_what_went_off_while_it_was_asked_is_not_lost() -> None:
    assert _heard(_Server(4.9, [IDLE])) == ([0.0, 5.0], True)


def test_an_alarm_of_somebody_else_tells_nothing() -> None:
    assert _heard(_Server(0.0, [ANOTHER])) == ([0.0], True)


def test_a_server_without_the_counter_tells_nothing() -> None:
    assert _heard(_Server(0.0, [], counter=False)) == ([], False)


@pytest.mark.parametrize("error", [xerror.DisplayConnectionError(":9", "no"), OSError()])
def test_without_a_server_nothing_is_told(error: Exception) -> None:
    def connect() -> Any:
        raise error

    assert not asyncio.run(XIdle(_not_told, 5.0, connect=connect).run())

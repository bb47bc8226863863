"""An X server that is asked whether its displays are on, and says so or cannot."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from Xlib import error as xerror

from daemon.clients.agent.x_displays import XDisplays


@dataclass
class Info:
    """What DPMSInfo says: whether it is switched on at all, and the level."""

    state: int
    power_level: int


@dataclass
class Capable:
    capable: int


@dataclass
class Server:
    """Answers with one after another of `levels`, then ends."""

    levels: list[int]
    extension: bool = True
    capable: bool = True
    switched_on: bool = True
    closed: bool = False
    asked: list[int] = field(default_factory=list)

    def has_extension(self, name: str) -> bool:
        assert name == "DPMS"
        return self.extension

    def dpms_capable(self) -> Capable:
        return Capable(int(self.capable))

    def dpms_info(self) -> Info:
        if not self.levels:
            raise xerror.ConnectionClosedError("server")
        self.asked.append(self.levels[0])
        return Info(int(self.switched_on), self.levels.pop(0))

    def close(self) -> None:
        self.closed = True


def _not_told(on: bool) -> None:
    pytest.fail(f"told that displays are {on}")


def _followed(server: Server) -> tuple[bool, list[bool]]:
    async def play() -> tuple[bool, list[bool]]:
        heard: list[bool] = []
        wanted = asyncio.Event()
        wanted.set()
        displays = XDisplays(heard.append, wanted, seconds=0.0, connect=lambda: server)
        return await displays.run(), heard

    return asyncio.run(play())


def test_standby_suspend_and_off_are_dark() -> None:
    server = Server([0, 1, 2, 3, 0])
    assert _followed(server) == (True, [True, False, False, False, True])
    assert server.closed


def test_where_it_is_switched_off_the_level_says_nothing() -> None:
    assert _followed(Server([3], switched_on=False)) == (True, [True])


@pytest.mark.parametrize("server", [Server([], extension=False), Server([], capable=False)])
def test_a_server_without_it_is_not_followed(server: Server) -> None:
    assert _followed(server) == (False, [])
    assert server.closed


def test_no_server_is_not_followed() -> None:
    def nobody() -> Any:
        raise xerror.DisplayConnectionError(":9", "nobody there")

    displays = XDisplays(_not_told, asyncio.Event(), connect=nobody)
    assert asyncio.run(displays.run()) is False


def test_nobody_is_asked_while_nothing_is_watched() -> None:
    server = Server([0, 3])

    async def play() -> None:
        wanted = asyncio.Event()
        heard: list[bool] = []
        displays = XDisplays(heard.append, wanted, seconds=0.0, connect=lambda: server)
        run = asyncio.ensure_future(displays.run())
        for _ in range(50):
            await asyncio.sleep(0)
        assert server.asked == []
        wanted.set()
        assert await run
        assert heard == [True, False]

    asyncio.run(play())

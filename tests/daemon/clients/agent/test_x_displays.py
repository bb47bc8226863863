"""An X server that is asked whether its displays are on, and says so or cannot."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from Xlib import X
from Xlib import error as xerror
from Xlib.ext import dpms

from daemon.clients.agent.x_displays import XDisplays

SECONDS = 60.0


@dataclass
class Info:
    """What DPMSInfo says: whether it is switched on at all, and the level."""

    state: int
    power_level: int


@dataclass
class Capable:
    capable: int


@dataclass
class Saver:
    """What QueryInfo of the screen saver says."""

    state: int


@dataclass
class Server:
    """Answers with one after another of `levels`, then ends. A byte that comes in is an event."""

    levels: list[int]
    extension: bool = True
    saves: bool = False
    saved: list[int] = field(default_factory=list)
    """Whether a saver is there, at one question after another."""
    capable: bool = True
    switched_on: bool = True
    closed: bool = False
    asked: list[int] = field(default_factory=list)
    forced: list[int] = field(default_factory=list)
    mask: int = 0
    wire: tuple[socket.socket, socket.socket] = field(default_factory=socket.socketpair)

    def has_extension(self, name: str) -> bool:
        return {"DPMS": self.extension, "MIT-SCREEN-SAVER": self.saves}[name]

    def screen(self) -> "Server":
        return self

    @property
    def root(self) -> "Server":
        return self

    def screensaver_select_input(self, mask: int) -> None:
        self.mask = mask

    def screensaver_query_info(self) -> Saver:
        return Saver(self.saved.pop(0))

    def fileno(self) -> int:
        return self.wire[0].fileno()

    def tell(self) -> None:
        """An event of the saver."""
        self.wire[1].send(b".")

    def pending_events(self) -> int:
        self.wire[0].setblocking(False)
        try:
            return len(self.wire[0].recv(64, socket.MSG_PEEK))
        except BlockingIOError:
            return 0

    def next_event(self) -> None:
        self.wire[0].recv(1)

    def dpms_force_level(self, level: int) -> None:
        self.forced.append(level)

    def force_screen_saver(self, mode: int) -> None:
        self.forced.append(mode)

    def flush(self) -> None:
        self.tell()

    def dpms_capable(self) -> Capable:
        return Capable(int(self.capable))

    def dpms_info(self) -> Info:
        if not self.levels:
            raise xerror.ConnectionClosedError("server")
        self.asked.append(self.levels[0])
        return Info(int(self.switched_on), self.levels.pop(0))

    def close(self) -> None:
        self.closed = True
        for end in self.wire:
            end.close()


def _not_told(on: bool) -> None:
    pytest.fail(f"told that displays are {on}")


def _displays(
    server: Server,
    hear: Callable[[bool], None],
    wanted: asyncio.Event,
    wake: asyncio.Event | None = None,
) -> XDisplays:
    return XDisplays(hear, wanted, wake or asyncio.Event(), seconds=0.0, connect=lambda: server)


def _followed(server: Server) -> tuple[bool, list[bool]]:
    async def play() -> tuple[bool, list[bool]]:
        heard: list[bool] = []
        wanted = asyncio.Event()
        wanted.set()
        displays = _displays(server, heard.append, wanted)
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

    displays = XDisplays(_not_told, asyncio.Event(), asyncio.Event(), connect=nobody)
    assert asyncio.run(displays.run()) is False


def test_nobody_is_asked_while_nothing_is_watched() -> None:
    server = Server([0, 3])

    async def play() -> None:
        wanted = asyncio.Event()
        heard: list[bool] = []
        displays = _displays(server, heard.append, wanted)
        run = asyncio.ensure_future(displays.run())
        for _ in range(50):
            await asyncio.sleep(0)
        assert server.asked == []
        wanted.set()
        assert await run
        assert heard == [True, False]

    asyncio.run(play())


def test_a_server_whose_screen_saver_tells_is_asked_when_it_does() -> None:
    # Lit and plain, dark behind its saver, lit again: an answer for each, and no other.
    server = Server([0, 3, 0], saves=True, saved=[0, 1, 0, 0])

    async def play() -> None:
        wanted = asyncio.Event()
        wanted.set()
        heard: asyncio.Queue[bool] = asyncio.Queue()
        run = asyncio.ensure_future(_displays(server, heard.put_nowait, wanted).run())
        for expected in (True, False, True):
            assert await asyncio.wait_for(heard.get(), SECONDS) is expected
            for _ in range(50):
                await asyncio.sleep(0)
            assert heard.empty()
            server.tell()
        assert await asyncio.wait_for(run, SECONDS)
        assert server.mask == 1

    asyncio.run(play())


def test_behind_a_saver_that_was_there_before_it_is_asked_now_and_then() -> None:
    server = Server([0, 0, 3, 3], saves=True, saved=[1, 1, 0, 0, 0])
    assert _followed(server) == (True, [True, True, False, False])


def test_displays_are_switched_on_and_the_saver_ends() -> None:
    server = Server([3, 0], saves=True, saved=[1, 0, 0])

    async def play() -> None:
        wanted, wake = asyncio.Event(), asyncio.Event()
        wanted.set()
        heard: asyncio.Queue[bool] = asyncio.Queue()
        run = asyncio.ensure_future(_displays(server, heard.put_nowait, wanted, wake).run())
        assert await asyncio.wait_for(heard.get(), SECONDS) is False
        wake.set()
        assert await asyncio.wait_for(heard.get(), SECONDS) is True
        assert server.forced == [dpms.DPMSModeOn, X.ScreenSaverReset]
        server.tell()
        assert await asyncio.wait_for(run, SECONDS)

    asyncio.run(play())

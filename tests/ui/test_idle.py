"""A real X server tells when it is idle and when a key is pressed, without being asked."""

import asyncio
from collections.abc import Awaitable, Callable

from Xlib.display import Display

from daemon.clients.agent.x_idle import XIdle
from tests.ui.desktop import Desktop

_SECONDS = 1.0
_PATIENCE = 60.0


def test_idle_time_and_keys_are_told(bare_desktop: Desktop) -> None:
    name = bare_desktop.environment["DISPLAY"]
    heard: asyncio.Queue[float | None] = asyncio.Queue()
    idle = XIdle(heard.put_nowait, _SECONDS, connect=lambda: Display(name))

    async def follow() -> None:
        task = asyncio.ensure_future(idle.run())
        await _until(heard.get, idle=True)
        for key in ("a", "b"):
            bare_desktop.tool("xdotool", "key", key)
            await _until(heard.get, idle=False)
            await _until(heard.get, idle=True)
        bare_desktop.close()
        assert await asyncio.wait_for(task, _PATIENCE)

    asyncio.run(follow())


async def _until(get: Callable[[], Awaitable[float | None]], *, idle: bool) -> None:
    async with asyncio.timeout(_PATIENCE):
        while bool(await get()) is not idle:
            pass

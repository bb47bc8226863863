"""A Wayland session that is used or not, over the real wire."""

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from daemon.clients.agent.wayland_idle import WaylandIdle
from tests.daemon.clients.agent.compositor import Compositor

SECONDS = 60.0


def _not_told(seconds: float | None) -> None:
    pytest.fail(f"told of {seconds} s")


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-test")


def test_each_change_is_told_until_the_compositor_ends(tmp_path: Path) -> None:
    async def play() -> None:
        with closing(Compositor(tmp_path, "idle", mode=0)) as compositor:
            heard: asyncio.Queue[float | None] = asyncio.Queue()
            run = asyncio.ensure_future(WaylandIdle(heard.put_nowait, 5.0).run())
            told = [await asyncio.wait_for(heard.get(), SECONDS)]
            assert await asyncio.to_thread(compositor.asked.wait, SECONDS)
            assert compositor.milliseconds == 5000
            for idle in (True, False, True):
                compositor.tell_idle(idle=idle)
                told.append(await asyncio.wait_for(heard.get(), SECONDS))
            assert told == [0.0, 5.0, 0.0, 5.0]
            compositor.close()
            assert await asyncio.wait_for(run, SECONDS)

    asyncio.run(play())


def test_a_compositor_without_the_protocol_tells_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        with closing(Compositor(tmp_path, "none", mode=0)):
            assert not await WaylandIdle(_not_told, 5.0).run()

    asyncio.run(play())


def test_without_a_compositor_nothing_is_told() -> None:
    assert not asyncio.run(WaylandIdle(_not_told, 5.0).run())

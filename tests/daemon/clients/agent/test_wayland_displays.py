"""Outputs of a Wayland compositor that go dark and come back, over the real wire."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from daemon.clients.agent.wayland_displays import OutputStates, WaylandDisplays
from tests.daemon.clients.agent.compositor import OUTPUTS, Compositor

ON = {"wlr": 1, "kwin": 0}
"""The mode of an output that is on."""
EVENT = {"wlr": 0, "kwin": 1}
"""The number of the event `mode`."""
FAILED, UNSUPPORTED = 1, 0
SECONDS = 60.0

Story = Callable[[Compositor, "asyncio.Queue[bool]", asyncio.Event], Awaitable[None]]


def _not_told(on: bool) -> None:
    pytest.fail(f"told that displays are {on}")


def _followed(folder: Path, kind: str, story: Story) -> bool:
    """Plays a story beside a follower; what the follower gave in the end."""

    async def play() -> bool:
        with closing(Compositor(folder, kind, mode=ON.get(kind, 0))) as compositor:
            heard: asyncio.Queue[bool] = asyncio.Queue()
            wake = asyncio.Event()
            run = asyncio.ensure_future(WaylandDisplays(heard.put_nowait, wake).run())
            if kind not in ON:
                return await run
            assert await _next(heard)
            await story(compositor, heard, wake)
            compositor.close()
            return await asyncio.wait_for(run, SECONDS)

    return asyncio.run(play())


async def _next(heard: "asyncio.Queue[bool]") -> bool:
    return await asyncio.wait_for(heard.get(), SECONDS)


async def _until(heard: "asyncio.Queue[bool]", on: bool) -> None:
    while await _next(heard) is not on:
        pass


async def _nothing(
    _compositor: Compositor, _heard: "asyncio.Queue[bool]", _wake: asyncio.Event
) -> None:
    """Nothing happens."""


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-test")
    yield


@pytest.mark.parametrize(
    ("kind", "on", "off"), [("wlr", 1, 0), ("kwin", 0, 1), ("kwin", 0, 2), ("kwin", 0, 3)]
)
def test_it_is_dark_when_the_last_output_is_off(
    tmp_path: Path, kind: str, on: int, off: int
) -> None:
    async def story(
        compositor: Compositor, heard: "asyncio.Queue[bool]", _wake: asyncio.Event
    ) -> None:
        compositor.tell(OUTPUTS[0], EVENT[kind], off)
        assert await _next(heard)
        compositor.tell(OUTPUTS[1], EVENT[kind], off)
        await _until(heard, False)
        compositor.tell(OUTPUTS[0], EVENT[kind], on)
        await _until(heard, True)

    assert _followed(tmp_path, kind, story)


@pytest.mark.parametrize("kind", ON)
def test_all_outputs_are_switched_on_each_time_that_it_is_asked_for(
    tmp_path: Path, kind: str
) -> None:
    async def story(
        compositor: Compositor, _heard: "asyncio.Queue[bool]", wake: asyncio.Event
    ) -> None:
        for _ in range(2):
            wake.set()
            took = [
                await asyncio.to_thread(compositor.switched.get, timeout=SECONDS) for _ in OUTPUTS
            ]
            assert sorted(took) == [(output, ON[kind]) for output in OUTPUTS]
        assert not wake.is_set()

    assert _followed(tmp_path, kind, story)


def test_an_output_of_which_nothing_is_known_counts_as_on(tmp_path: Path) -> None:
    async def story(
        compositor: Compositor, heard: "asyncio.Queue[bool]", _wake: asyncio.Event
    ) -> None:
        for output in OUTPUTS:
            compositor.tell(output, EVENT["wlr"], 0)
        await _until(heard, False)
        compositor.tell(OUTPUTS[1], FAILED)
        await _until(heard, True)

    assert _followed(tmp_path, "wlr", story)


def test_kwin_may_say_that_an_output_has_no_modes(tmp_path: Path) -> None:
    async def story(
        compositor: Compositor, heard: "asyncio.Queue[bool]", _wake: asyncio.Event
    ) -> None:
        for output in OUTPUTS:
            compositor.tell(output, EVENT["kwin"], 3)
        await _until(heard, False)
        compositor.tell(OUTPUTS[1], UNSUPPORTED, 0)
        await _until(heard, True)

    assert _followed(tmp_path, "kwin", story)


def test_outputs_come_and_go(tmp_path: Path) -> None:
    async def story(
        compositor: Compositor, heard: "asyncio.Queue[bool]", _wake: asyncio.Event
    ) -> None:
        for output in OUTPUTS:
            compositor.unplug(output)
        await _until(heard, False)
        compositor.plug(12)
        await _until(heard, True)

    assert _followed(tmp_path, "wlr", story)


def test_a_compositor_that_tells_nothing_of_its_outputs_is_none(tmp_path: Path) -> None:
    assert not _followed(tmp_path, "none", _nothing)


def test_no_compositor_is_none_either() -> None:
    assert not asyncio.run(WaylandDisplays(_not_told, asyncio.Event()).run())


def test_without_any_output_it_is_dark() -> None:
    states = OutputStates()
    seen = [states.on]
    states.told(1, on=None)
    seen.append(states.on)
    states.gone(1)
    states.gone(1)
    seen.append(states.on)
    assert seen == [False, True, False]

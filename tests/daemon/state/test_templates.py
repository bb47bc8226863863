"""The store for the event loop: one access at a time, whoever waits for it."""

import asyncio
import threading
from pathlib import Path

import pytest

from daemon.state.templates import Templates
from enroll.store.store import TemplateStore
from enroll.template import Person


def test_a_thread_that_nobody_waits_for_any_more_has_the_store_until_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what a client that left had begun would run beside what the next one asks."""
    begun, end, read = threading.Event(), threading.Event(), threading.Event()
    order: list[str] = []
    names, load = TemplateStore.names, TemplateStore.load

    def slow(store: TemplateStore) -> list[str]:
        begun.set()
        assert end.wait(10.0)
        order.append("names")
        return names(store)

    def loading(store: TemplateStore, name: str) -> Person:
        read.set()
        return load(store, name)

    monkeypatch.setattr(TemplateStore, "names", slow)
    monkeypatch.setattr(TemplateStore, "load", loading)

    async def run() -> None:
        templates = Templates(tmp_path / "templates")
        left = asyncio.create_task(templates.names())
        await asyncio.to_thread(begun.wait, 10.0)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        waits = asyncio.create_task(templates.names())
        next_one = asyncio.create_task(templates.appearances("root"))
        next_one.add_done_callback(lambda _: order.append("next"))
        await asyncio.sleep(0)
        waits.cancel()
        assert not await asyncio.to_thread(read.wait, 0.2)
        end.set()
        assert await next_one == ()
        # Who left while waiting for a turn has none.
        assert order == ["names", "next"]
        assert await templates.names() == []

    asyncio.run(run())

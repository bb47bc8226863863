"""What is changed is told of, also where whoever asked has left: else a face that was removed would
go on opening.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from daemon.api import Event
from daemon.dbus.peer import Caller
from daemon.policy import ROOT
from daemon.server.handlers.templates import TemplateHandlers
from daemon.state.requester import Requester
from enroll.store.sealed_files import Removal
from tests.daemon.server.handlers.test_access import Scene

REQUESTER = Requester(Caller(":1.5", ROOT, 99), None, interactive=False)
Ask = Callable[[TemplateHandlers], Awaitable[Any]]


class SlowStore:
    """Is done when `ready`."""

    def __init__(self) -> None:
        self.begun, self.ready = asyncio.Event(), asyncio.Event()

    async def _change(self, username: str) -> None:
        assert username == "root"
        self.begun.set()
        await self.ready.wait()

    async def remove(self, username: str) -> Removal:
        await self._change(username)
        return Removal((), ())

    async def remove_appearance(self, username: str, _appearance: str) -> None:
        await self._change(username)

    async def rename_appearance(self, username: str, _appearance: str, _new: str) -> None:
        await self._change(username)

    async def revert(self, username: str, _appearance: str) -> None:
        await self._change(username)


@pytest.mark.parametrize(
    "ask",
    [
        lambda handlers: handlers.remove_user(REQUESTER, "root"),
        lambda handlers: handlers.remove_appearance(REQUESTER, "root", "default"),
        lambda handlers: handlers.rename_appearance(REQUESTER, "root", "default", "new"),
        lambda handlers: handlers.revert_appearance(REQUESTER, "root", ""),
    ],
)
def test_a_client_that_leaves_while_the_store_is_written(tmp_path: Path, ask: Ask) -> None:
    told: list[Event] = []
    changed: list[str] = []

    async def run() -> list[str]:
        scene = Scene(tmp_path)
        store = SlowStore()
        scene.context.templates = cast(Any, store)
        scene.context.templates_changed.listen(changed.append)
        handlers = TemplateHandlers(
            scene.context, scene.access, tell=lambda _user, event, _details: told.append(event)
        )
        client = asyncio.ensure_future(ask(handlers))
        await store.begun.wait()
        client.cancel()
        await asyncio.sleep(0)
        assert not changed
        store.ready.set()
        with pytest.raises(asyncio.CancelledError):
            await client
        await scene.context.records.done()
        return [message for message, _fields in scene.service.audit.entries]

    written = asyncio.run(run())
    assert changed == ["root"]
    assert told == [Event.APPEARANCES_CHANGED]
    assert len(written) == 1

"""A switch that was set is told of and kept, also where whoever set it has left."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from daemon.api import Event
from daemon.server.handlers.settings import SettingsHandlers
from daemon.state.records import Records
from tests.daemon.server.handlers.test_access import Scene, requester


@pytest.mark.parametrize("problem", ["", "the disk is full"])
def test_a_client_that_leaves_while_its_switch_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: str
) -> None:
    told: list[tuple[Event, object]] = []

    async def run() -> bool:
        scene = Scene(tmp_path)
        waits, written = asyncio.Event(), asyncio.Event()

        async def kept(_records: Records) -> str:
            waits.set()
            await written.wait()
            return problem

        monkeypatch.setattr(Records, "switches_kept", kept)
        never = cast(Any, None)
        handlers = SettingsHandlers(
            scene.context,
            cast(Any, NamedAccess()),
            tell=lambda _user, event, details: told.append((event, details["unlocking"])),
            wake=never,
            password_used=never,
            reload=never,
        )
        client = asyncio.ensure_future(handlers.set_unlocking(requester(), True))
        await waits.wait()
        client.cancel()
        written.set()
        with pytest.raises(asyncio.CancelledError):
            await client
        return scene.context.records.switches.on("ada")

    # What cannot be written down is off.
    assert asyncio.run(run()) is not bool(problem)
    assert told == ([] if problem else [(Event.SWITCHED, True)])


class NamedAccess:
    """Allows everything to ada."""

    async def authorise(self, _requester: object, _decide: object) -> None:
        pass

    async def own_name(self, _requester: object) -> str:
        return "ada"

"""Tasks that nobody awaits: held until they end."""

import asyncio
import gc

import pytest

from daemon.system.tasks import Tasks


def test_a_task_that_nobody_holds_is_done_all_the_same() -> None:
    done: list[str] = []

    async def run() -> None:
        tasks = Tasks()
        asked = asyncio.Event()

        async def work() -> None:
            await asked.wait()
            done.append("work")

        tasks.spawn(work())
        await asyncio.sleep(0)
        gc.collect()
        asked.set()
        await tasks.finished()

    asyncio.run(run())
    assert done == ["work"]


def test_what_runs_is_cancelled() -> None:
    async def run() -> bool:
        tasks = Tasks()
        task = tasks.spawn(asyncio.Event().wait())
        await asyncio.sleep(0)
        tasks.cancel()
        await asyncio.wait((task,))
        return task.cancelled()

    assert asyncio.run(run())


def test_what_is_to_be_completed_is_so_whoever_awaits_it() -> None:
    done: list[str] = []

    async def run() -> None:
        tasks = Tasks()
        asked = asyncio.Event()

        async def work() -> str:
            await asked.wait()
            done.append("work")
            return "result"

        async def client() -> None:
            try:
                await tasks.completed(work())
            finally:
                done.append("client")

        waits = asyncio.create_task(client())
        await asyncio.sleep(0)
        waits.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waits.done()
        asked.set()
        with pytest.raises(asyncio.CancelledError):
            await waits
        assert await tasks.completed(work()) == "result"

    asyncio.run(run())
    # Whoever awaits it ends after it, so that who calls again and again is counted as ever.
    assert done == ["work", "client", "work"]

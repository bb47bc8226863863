"""Tasks that nobody awaits: held until they end."""

import asyncio
import gc

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
        task = tasks.spawn(asyncio.Event().wait())  # type: ignore[arg-type]
        await asyncio.sleep(0)
        tasks.cancel()
        await asyncio.wait((task,))
        return task.cancelled()

    assert asyncio.run(run())

"""Tasks of the event loop that nobody awaits, or that outlive whoever does."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Tasks:
    """Holds tasks until they end: the event loop itself refers to them only weakly."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Starts `work` in the running loop. What it raises goes to the loop's own handler."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def completed(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` gives; whoever awaits it is cancelled, if at all, when it has ended."""
        task = self.spawn(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait((task,))
            raise

    def cancel(self) -> None:
        """Cancels whatever runs."""
        for task in list(self._running):
            task.cancel()

    async def finished(self) -> None:
        """Waits for what runs now; raises what it raises."""
        for task in list(self._running):
            await task

"""Tasks of the event loop that nobody awaits."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """Holds tasks until they end: the event loop itself refers to them only weakly."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Starts `work` in the running loop. What it raises goes to the loop's own handler."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def cancel(self) -> None:
        """Cancels whatever runs."""
        for task in list(self._running):
            task.cancel()

    async def finished(self) -> None:
        """Waits for what runs now; raises what it raises."""
        for task in list(self._running):
            await task

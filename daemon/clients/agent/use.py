"""Follows how the session is used and what inhibits it, while that is wanted."""

import asyncio
from collections.abc import Callable

from daemon.clients.agent import idle
from daemon.clients.agent.inhibitors import Connect, Inhibitors
from daemon.clients.agent.messages import Fact, IdleChanged, InhibitedChanged
from daemon.clients.agent.notifier import session_bus


class UseFollower:
    """`system` is the bus that logind is on. To be made before other threads begin."""

    def __init__(self, system: Connect, hear: Callable[[Fact], None]) -> None:
        self._system = system
        self._hear = hear
        self._kinds = idle.kinds()
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    def follow(self, *, wanted: bool) -> None:
        """From now on, or no more."""
        for task in self._tasks:
            task.cancel()
        self._tasks = ()
        if not wanted:
            return
        loop = asyncio.get_running_loop()
        inhibitors = Inhibitors(
            session_bus, self._system, lambda on: self._hear(InhibitedChanged(on))
        )
        used = idle.follow(lambda seconds: self._hear(IdleChanged(seconds)), self._kinds)
        self._tasks = (loop.create_task(used), loop.create_task(inhibitors.run()))

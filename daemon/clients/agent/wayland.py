"""Follows a Wayland compositor over one connection until it ends."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

_log = logging.getLogger(__name__)


class Follower:
    """Of the connection `display`, pywayland's. `what` is followed, for the log."""

    def __init__(self, display: Any, what: str) -> None:
        self._display = display
        self._what = what
        self._ended = asyncio.Event()

    async def run(
        self,
        begin: Callable[[], None],
        speaks: Callable[[], bool],
        told: Callable[[], None] = lambda: None,
    ) -> bool:
        """Follows until the compositor has gone; False where it does not speak the protocol.

        `begin` asks for what is wanted, after which `speaks` says whether that is there. `told` is
        called after what the compositor said was given to its dispatchers.
        """
        try:
            self._display.connect()
        except ValueError as error:
            _log.debug("Wayland's %s not followed: %s", self._what, error)
            return False
        try:
            begin()
            if speaks():
                await self._read_on(told)
        except RuntimeError as error:
            _log.info("the compositor has ended: %s", error)
        finally:
            self._display.disconnect()
        return speaks()

    async def _read_on(self, told: Callable[[], None]) -> None:
        loop, descriptor = asyncio.get_running_loop(), self._display.get_fd()
        loop.add_reader(descriptor, self._read, told)
        try:
            await self._ended.wait()
        finally:
            loop.remove_reader(descriptor)

    def _read(self, told: Callable[[], None]) -> None:
        try:
            self._display.read()
            self._display.dispatch(block=False)
            self._display.flush()
        except RuntimeError as error:
            _log.info("the compositor has ended: %s", error)
            self._ended.set()
            return
        told()

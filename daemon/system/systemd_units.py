"""Units of systemd that the daemon starts: asked for over the bus, and waited for.

The interface is described in org.freedesktop.systemd1(5). Who may start what, polkit decides.
"""

import asyncio
from typing import Protocol

from dbus_fast import Message, MessageType

from daemon.dbus.connection import Bus
from daemon.errors import BusError, UnlockError

_SYSTEMD = "org.freedesktop.systemd1"
_PATH = "/org/freedesktop/systemd1"
_MANAGER = _SYSTEMD + ".Manager"
_SECONDS = 20.0
"""Longer than any of our units may take: each has its own limit."""


class Units(Protocol):
    """What starts units."""

    async def run(self, name: str) -> None:
        """Starts the unit `name`; returns when it has done its work. Raises UnlockError."""
        ...


class Systemd:
    """Units of the real systemd."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._owner = ""
        self._jobs: dict[str, asyncio.Future[str]] = {}
        self._running = 0
        self._listens = False

    async def run(self, name: str) -> None:
        """Starts the unit `name`; returns when it has done its work. Raises UnlockError."""
        self._running += 1
        try:
            result = await asyncio.wait_for(self._run(name), _SECONDS)
        except BusError as error:
            raise UnlockError(f"{name} cannot be started: {error}") from error
        except TimeoutError:
            raise UnlockError(f"{name} did not end within {_SECONDS:g} s") from None
        finally:
            self._running -= 1
            if not self._running:
                self._jobs.clear()
        if result != "done":
            raise UnlockError(f"{name} ended with: {result}", f"run: journalctl --unit {name}")

    async def _run(self, name: str) -> str:
        await self._listen()
        reply = await self._bus.call(
            _SYSTEMD, _PATH, _MANAGER, "StartUnit", signature="ss", body=[name, "fail"]
        )
        # Others may wait for the same one: systemd merges jobs.
        return await asyncio.shield(self._job(str(reply.body[0])))

    def _job(self, path: str) -> "asyncio.Future[str]":
        """How a job ended; it may have before we knew its number."""
        if path not in self._jobs:
            self._jobs[path] = asyncio.get_running_loop().create_future()
        return self._jobs[path]

    async def _listen(self) -> None:
        self._owner = await self._bus.owner(_SYSTEMD)
        if self._listens:
            return
        self._listens = True
        self._bus.listen(self._heard)
        await self._bus.match(
            f"type='signal',sender='{_SYSTEMD}',interface='{_MANAGER}',member='JobRemoved'"
        )

    def _heard(self, message: Message) -> bool:
        # Anybody may send us a signal; only systemd's own are believed.
        if (
            self._running
            and message.message_type is MessageType.SIGNAL
            and message.sender == self._owner != ""
            and (message.member, message.signature) == ("JobRemoved", "uoss")
        ):
            job = self._job(message.body[1])
            if not job.done():
                job.set_result(message.body[3])
        return False

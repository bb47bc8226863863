"""Who sent a message: identity as the bus tells it, never taken from arguments."""

import os
import select
from collections.abc import Sequence
from dataclasses import dataclass

from daemon.dbus.connection import Bus
from daemon.errors import BusError


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a message. `name` is the unique name on the bus; both numbers are the bus's word.

    `process` holds on to what `pid` meant then; None where the kernel does not let us.
    """

    name: str
    uid: int
    pid: int
    process: "Process | None" = None

    @property
    def payer(self) -> int | str:
        """Whose share of what there is room for a request takes: its user's, by uid.

        Root asks for everybody, as PAM does: for it each connection has a share, by its name.
        """
        return self.uid or self.name

    @property
    def gone(self) -> bool:
        """Whether the process that connected has ended, so that another may have its number."""
        return self.process is not None and self.process.ended


class Process:
    """A process by descriptor, which no other takes over as it may a number."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._open = True

    @property
    def ended(self) -> bool:
        """Whether it has ended; also once closed."""
        return not self._open or bool(select.select([self._descriptor], [], [], 0)[0])

    def close(self) -> None:
        """Closes the descriptor; a second call does nothing."""
        if self._open:
            self._open = False
            os.close(self._descriptor)


async def identify(bus: Bus, name: str) -> Caller:
    """Who has the unique name `name`; raises BusError where that has gone."""
    reply = await bus.of_bus("GetConnectionCredentials", "s", [name])
    found = {key: value.value for key, value in reply.body[0].items()}
    uid, pid = found.get("UnixUserID"), found.get("ProcessID", 0)
    if not isinstance(uid, int) or not isinstance(pid, int):
        raise BusError("the bus does not say who asks")
    return Caller(name, uid, pid, _process(pid, found.get("ProcessFD"), reply.unix_fds))


def _process(pid: int, index: object, descriptors: Sequence[int]) -> Process | None:
    """The process that connected: as the bus holds it, else as its number is taken now."""
    if isinstance(index, int) and 0 <= index < len(descriptors):
        return Process(descriptors[index])
    try:
        return Process(os.pidfd_open(pid)) if pid else None
    except ProcessLookupError:
        raise BusError("the process that asks has ended") from None
    except OSError:
        return None

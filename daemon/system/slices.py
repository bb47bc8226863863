"""In whose graphical session a process stands that belongs to no session of logind's.

Desktops have the user's own systemd start programs: these run in `app.slice` or `session.slice` of
`user@UID.service`, and logind knows no session of theirs. The system's systemd knows who is where
(org.freedesktop.systemd1(5), GetUnitByPID and GetUnitProcesses); a confined service cannot see the
processes of others itself.
"""

import re
from typing import Protocol

from dbus_fast import Message

from daemon.dbus.connection import Bus
from daemon.errors import BusError

_SYSTEMD = "org.freedesktop.systemd1"
_PATH = "/org/freedesktop/systemd1"
_MANAGER, _UNIT = _SYSTEMD + ".Manager", _SYSTEMD + ".Unit"
_DISPLAY_MANAGER = "display-manager.service"
_GRAPHICAL = ("app.slice", "session.slice")
_USER_MANAGER = re.compile(r"user@(0|[1-9][0-9]{0,9})\.service", re.ASCII)


class UserSlices(Protocol):
    """What tells where processes stand."""

    async def of_process(self, pid: int) -> int | None:
        """The uid of the user in whose app.slice or session.slice it stands; None for no such."""
        ...

    async def of_display_manager(self, pid: int) -> bool:
        """Whether it is of the service that shows the login screens."""
        ...


class SystemdSlices:
    """By systemd's own answers on the system bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def of_process(self, pid: int) -> int | None:
        """None also where systemd does not answer, or answers nonsense."""
        try:
            path = str((await self._call("GetUnitByPID", "u", [pid])).body[0])
            name = await self._bus.get(_SYSTEMD, path, _UNIT, "Id")
            if not isinstance(name, str) or not _USER_MANAGER.fullmatch(name):
                return None
            listed = (await self._call("GetUnitProcesses", "s", [name])).body[0]
            groups = [str(group) for group, one, _ in listed if one == pid]
        except (BusError, IndexError, TypeError, ValueError):
            return None
        return slice_owner(groups[0]) if len(groups) == 1 else None

    async def of_display_manager(self, pid: int) -> bool:
        """By systemd.special(7): whichever it is has the name display-manager.service too.

        False also where systemd does not answer.
        """
        try:
            path = str((await self._call("GetUnitByPID", "u", [pid])).body[0])
            names = await self._bus.get(_SYSTEMD, path, _UNIT, "Names")
        except (BusError, IndexError):
            return False
        return isinstance(names, list) and _DISPLAY_MANAGER in names

    async def _call(self, member: str, signature: str, body: list[object]) -> Message:
        return await self._bus.call(
            _SYSTEMD, _PATH, _MANAGER, member, signature=signature, body=body
        )


def slice_owner(group: str) -> int | None:
    """The uid that a control group says: `/user.slice/user-1000.slice/user@1000.service/app.slice`
    and what is below; None for any other.
    """
    parts = group.split("/")
    for index, part in enumerate(parts[:-1]):
        found = _USER_MANAGER.fullmatch(part)
        if found is not None:
            # The first decides: below it the user names what there is.
            return int(found[1]) if parts[index + 1] in _GRAPHICAL else None
    return None

"""Where a process stands that belongs to no session: only a desktop's slices count."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from daemon.errors import BusError
from daemon.system.slices import SystemdSlices, slice_owner

ADAS = "/user.slice/user-1000.slice/user@1000.service"


@pytest.mark.parametrize(
    ("group", "owner"),
    [
        (f"{ADAS}/app.slice/app-org.gnome.Terminal.slice/vte-spawn-1.scope", 1000),
        (f"{ADAS}/session.slice/facelatch-agent.service", 1000),
        (f"{ADAS}/app.slice", 1000),
        (f"{ADAS}/background.slice/job.service", None),
        (f"{ADAS}/init.scope", None),
        (ADAS, None),
        ("/user.slice/user-1000.slice/session-3.scope", None),
        ("/system.slice/sshd.service", None),
        ("/system.slice/app.slice/x", None),
        # What a user may name below their own is no other user's.
        (f"{ADAS}/background.slice/user@1001.service/app.slice/x.scope", None),
        (f"{ADAS}/app.slice/user@1001.service/app.slice/x.scope", 1000),
        ("/user.slice/user@01000.service/app.slice/x", None),
        ("/user.slice/user@1000.service.d/app.slice/x", None),
        ("", None),
    ],
)
def test_a_control_group_names_whose_desktop_it_is(group: str, owner: int | None) -> None:
    assert slice_owner(group) == owner


class SystemBus:
    """The system's systemd, as far as it is asked."""

    def __init__(self, unit: str, processes: list[Any]) -> None:
        self.unit, self.processes = unit, processes
        self.fails = ""
        self.names: object = [unit]

    async def call(
        self, _name: str, _path: str, _interface: str, member: str, **how: Any
    ) -> SimpleNamespace:
        if member == self.fails:
            raise BusError("not today")
        if member == "GetUnitByPID":
            return SimpleNamespace(body=["/unit"])
        assert (member, how["body"]) == ("GetUnitProcesses", [self.unit])
        return SimpleNamespace(body=[self.processes])

    async def get(self, _name: str, path: str, _interface: str, name: str) -> object:
        assert path == "/unit"
        if name == self.fails:
            raise BusError("not today")
        return self.unit if name == "Id" else {"Names": self.names}[name]


def owner(bus: SystemBus, pid: int = 7) -> int | None:
    return asyncio.run(SystemdSlices(cast(Any, bus)).of_process(pid))


def test_systemd_tells_where_a_process_is() -> None:
    group = f"{ADAS}/app.slice/x.scope"
    assert owner(SystemBus("user@1000.service", [[group, 6, "x"], [group, 7, "y"]])) == 1000
    assert owner(SystemBus("user@1000.service", [[group, 6, "x"]])) is None
    assert owner(SystemBus("user@1000.service", [[group, 7, "x"], ["/other", 7, "x"]])) is None
    assert owner(SystemBus("sshd.service", [[group, 7, "x"]])) is None
    assert owner(SystemBus("user@1000.service", [7])) is None


@pytest.mark.parametrize("member", ["GetUnitByPID", "GetUnitProcesses"])
def test_a_doubt_is_nowhere(member: str) -> None:
    bus = SystemBus("user@1000.service", [[f"{ADAS}/app.slice/x.scope", 7, "x"]])
    bus.fails = member
    assert owner(bus) is None


def shows_logins(bus: SystemBus) -> bool:
    return asyncio.run(SystemdSlices(cast(Any, bus)).of_display_manager(7))


def test_the_service_that_shows_the_login_screens_has_another_name_too() -> None:
    bus = SystemBus("lightdm.service", [])
    assert not shows_logins(bus)
    bus.names = ["lightdm.service", "display-manager.service"]
    assert shows_logins(bus)
    for doubt in ("GetUnitByPID", "Names"):
        bus.fails = doubt
        assert not shows_logins(bus)
    bus.fails = ""
    for nonsense in ("display-manager.service", None, 7):
        bus.names = nonsense
        assert not shows_logins(bus)

"""logind for python-dbusmock: its own template, with the lid, sessions of processes, real unlocks.

Loaded by the mock's process, not by the tests.
"""
# mypy: disable-error-code="untyped-decorator"

from typing import Any

import dbus
from dbusmock import MOCK_IFACE, mockobject
from dbusmock.templates import logind as stock
from dbusmock.templates.logind import *  # noqa: F403 - methods of the stock template

BUS_NAME = stock.BUS_NAME
MAIN_OBJ = stock.MAIN_OBJ
MAIN_IFACE = stock.MAIN_IFACE
SYSTEM_BUS = True

SESSION_IFACE = "org.freedesktop.login1.Session"
_FORGOTTEN = "org.freedesktop.login1.NoSessionForPID"


def load(mock: Any, parameters: dict[str, Any]) -> None:
    """The stock template, and what it lacks."""
    stock.load(mock, parameters)
    mock.AddProperty(MAIN_IFACE, "LidClosed", parameters.get("LidClosed", False))
    mock.AddProperty(MAIN_IFACE, "Docked", False)
    mock.session_of_all_processes = ""
    mock.AddMethod(
        MAIN_IFACE,
        "UnlockSession",
        "s",
        "",
        'objects["/org/freedesktop/login1/session/" + args[0]].EmitSignal('
        f'"{SESSION_IFACE}", "Unlock", "", [])',
    )


@dbus.service.method(MAIN_IFACE, in_signature="u", out_signature="o")
def GetSessionByPID(self: Any, _pid: int) -> str:  # noqa: N802 - logind's name
    """The session that the test says all processes belong to."""
    if not self.session_of_all_processes:
        raise dbus.exceptions.DBusException("no session", name=_FORGOTTEN)
    return f"/org/freedesktop/login1/session/{self.session_of_all_processes}"


@dbus.service.method(MOCK_IFACE, in_signature="s", out_signature="")
def SetSessionOfProcesses(self: Any, session: str) -> None:  # noqa: N802
    """Every process belongs to this session, or to none."""
    self.session_of_all_processes = session


@dbus.service.method(MOCK_IFACE, in_signature="b", out_signature="")
def SetLid(self: Any, closed: bool) -> None:  # noqa: N802
    """logind tells nobody when the lid moves."""
    self.props[MAIN_IFACE]["LidClosed"] = dbus.Boolean(closed)


@dbus.service.method(MOCK_IFACE, in_signature="b", out_signature="")
def SetDocked(self: Any, docked: bool) -> None:  # noqa: N802
    """Another screen is connected, or none."""
    self.props[MAIN_IFACE]["Docked"] = dbus.Boolean(docked)


@dbus.service.method(MOCK_IFACE, in_signature="s", out_signature="")
def EndSession(self: Any, session: str) -> None:  # noqa: N802
    """A logout."""
    path = f"/org/freedesktop/login1/session/{session}"
    mockobject.objects[MAIN_OBJ].EmitSignal(
        MAIN_IFACE, "SessionRemoved", "so", [session, dbus.ObjectPath(path)]
    )
    self.RemoveObject(path)

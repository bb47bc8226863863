"""What the installed service may do, and who may ask it for what: unit, bus, polkit for real."""

import pytest

from tests.machine.machine import MachineError
from tests.machine.service import ENVIRONMENT, UNITS, Service

pytestmark = pytest.mark.slow

_UNIT = f"{UNITS}/facelatch.service"
_NAME = "org.facelatch.Facelatch1"
_OBJECT = (_NAME, "/org/facelatch/Facelatch1")
_CONFINED = ("facelatch", "facelatch-camera", "facelatch-unlocker")
_DENIED = r"[Aa]ccess denied|not allowed"
_MANAGER = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")


def test_the_unit_allows_only_what_it_must(service: Service) -> None:
    program = f"{ENVIRONMENT}/bin/python -I /srv/probe.py rights"
    with service.changed_unit(f"Type=oneshot\nRestart=no\nExecStart=\nExecStart={program}\n"):
        service.machine.call("systemctl", "restart", "facelatch")
        service.machine.call("journalctl", "--sync")
        command = ["journalctl", "--boot", "--output=cat", "--no-pager"]
        said = service.machine.out(*command, "_SYSTEMD_UNIT=facelatch.service")
    outcomes = [line.split(" ", 2) for line in said.splitlines() if line.startswith("must")]
    assert len(outcomes) > 20, said
    wrong = [line for line in outcomes if (line[0] == "must") != (line[1] == "open")]
    assert wrong == []


def test_systemd_finds_nothing_to_complain_about(service: Service) -> None:
    names = ("facelatch-unlock@ada.service", *(f"{one}.service" for one in _CONFINED[1:]))
    units = (_UNIT, *(_UNIT.replace("facelatch.service", name) for name in names))
    done = service.machine.call("systemd-analyze", "verify", "--man=no", *units)
    assert done.stdout + done.stderr == ""
    for unit in _CONFINED:
        service.machine.call("systemd-analyze", "security", "--threshold=6", f"{unit}.service")
    assert service.machine.out("systemctl", "--failed", "--plain", "--no-legend") == ""


def test_only_its_user_may_own_the_name(service: Service) -> None:
    request = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
    for user in ("ada", "root"):
        with pytest.raises(MachineError, match=_DENIED):
            service.machine.call(
                "busctl", "call", *request, "RequestName", "su", _NAME, "0", user=user
            )


def test_the_bus_carries_no_method_that_is_not_named(service: Service) -> None:
    for call in ((_NAME, "Nothing"), ("org.freedesktop.DBus.Peer", "GetMachineId")):
        with pytest.raises(MachineError, match=_DENIED):
            service.machine.call("busctl", "call", *_OBJECT, *call, user="ada")
    with pytest.raises(MachineError, match=_DENIED):
        service.machine.call("busctl", "set-property", *_OBJECT, _NAME, "State", "s", "x")


def test_the_interface_on_the_bus_is_the_published_one(service: Service) -> None:
    said = service.machine.out("busctl", "introspect", "--list", *_OBJECT, _NAME, user="ada")
    assert ".StartVerify" in said
    assert ".PausedUntil" in said


def test_nobody_asks_about_somebody_else(service: Service) -> None:
    session = service.log_in("ada")
    assert service.refusal("StartVerify", "sa{sv}", "bob", {}, user="ada") == "NotPermitted"
    # Nor does a process of hers that stands in no session: it may be anywhere.
    assert service.refusal("StartVerify", "sa{sv}", "ada", {}, user="ada") == "NoSession"
    service.log_out(session)


def test_polkit_wants_to_see_a_password(service: Service) -> None:
    session = service.log_in("ada")
    # Nobody runs an agent here that could ask ada for it.
    refused = ("NotAuthorized", "NotAuthorized")
    own = service.refusal("RemoveAppearance", "ss", "ada", "plain", user="ada")
    other = service.refusal("RemoveAppearance", "ss", "bob", "plain", user="ada")
    assert (own, other) == refused
    assert service.refusal("Reload", user="ada") == "NotAuthorized"
    assert service.refusal("ListAppearances", "s", "bob", user="ada") == "NotAuthorized"
    assert [
        appearance["name"] for appearance in service.ask("ListAppearances", "s", "", user="ada")[0]
    ] == ["plain"]
    assert service.ask("ListAppearances", "s", "bob")[0]
    service.log_out(session)


def test_the_unlockers_user_may_unlock_sessions_and_nothing_else(service: Service) -> None:
    session = service.log_in("ada")
    call = ("busctl", "call", *_MANAGER)
    service.machine.call(*call, "UnlockSession", "s", session, user="facelatch-unlocker")
    for forbidden in (("PowerOff", "b", "false"), ("TerminateSession", "s", session)):
        with pytest.raises(MachineError):
            service.machine.call(*call, *forbidden, user="facelatch-unlocker")
    for other in ("facelatch", "bob"):
        with pytest.raises(MachineError):
            service.machine.call(*call, "UnlockSession", "s", session, user=other)
    service.log_out(session)


def test_templates_are_the_services_alone(service: Service) -> None:
    listed = service.machine.out("find", "/var/lib/facelatch", "-printf", "%m %u %y\n").splitlines()
    assert len(listed) > 3
    for line in listed:
        mode, user, _ = line.split()
        assert user == "facelatch"
        assert int(mode, 8) & 0o077 == 0, listed
    with pytest.raises(MachineError):
        service.machine.call("ls", "/var/lib/facelatch", user="ada")


def test_nothing_that_it_runs_on_can_be_changed_by_others(service: Service) -> None:
    owned = (ENVIRONMENT, "/var/cache/facelatch", "/etc/facelatch")
    loose = ["(", "-not", "-user", "root", "-o", "-perm", "/022", ")", "-not", "-type", "l"]
    assert service.machine.out("find", *owned, *loose) == ""
    unreadable = ["-not", "-perm", "-444", "-not", "-type", "l"]
    assert service.machine.out("find", *owned, *unreadable) == ""

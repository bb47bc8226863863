"""The installed service on a booted machine: it unlocks the right session, and no other."""

import sys

import pytest

from tests.machine.machine import MachineError, wait_for
from tests.machine.service import Service
from tests.waiting import stays, within

pytestmark = pytest.mark.slow

PATIENCE = 60.0
TRIES = 4
"""So many whole attempts a stranger is seen to fail."""


def _lets_in(service: Service, session: str) -> None:
    """Locks an idle session, and waits until logind says Unlock.

    How soon depends on what else the computer does: it is printed.
    """
    path = service.path_of(session)
    with service.listening() as ear:
        service.lock(session, idle=True)
        wait_for(lambda: bool(ear.heard("Unlock", path)), PATIENCE, "no Unlock")
        seconds = ear.heard("Unlock", path)[0] - ear.heard("Lock", path)[0]
    sys.stderr.write(f"from Lock to Unlock: {seconds:.2f} s\n")


def _stays_locked(service: Service, session: str, seconds: float, *, idle: bool = True) -> None:
    path = service.path_of(session)
    with service.listening() as ear:
        service.lock(session, idle=idle)
        wait_for(lambda: bool(ear.heard("Lock", path)), PATIENCE, "no Lock")
        stays(lambda: ear.heard("Unlock", path) == [], seconds, "the lock")


def test_the_owner_is_let_in_and_the_journal_says_so(service: Service) -> None:
    service.film("ada")
    session = service.log_in("ada")
    _lets_in(service, session)
    last = service.journal("FACELATCH_VERDICT=unlocking")[-1]
    assert (last["FACELATCH_USER"], last["FACELATCH_SESSION"]) == ("ada", session)
    assert last["_SYSTEMD_UNIT"] == "facelatch.service"
    matched = service.journal("FACELATCH_VERDICT=matched")[-1]
    # A distance would tell an attacker how near a picture came.
    assert "FACELATCH_DISTANCE" not in matched
    service.log_out(session)


def test_a_stranger_never(service: Service) -> None:
    service.film("bob")
    session = service.log_in("ada")
    refused, path = _refusals(service), service.path_of(session)
    with service.listening() as ear:
        service.lock(session, idle=True)
        wait_for(lambda: bool(ear.heard("Lock", path)), PATIENCE, "no Lock")
        # It looks at the stranger: nothing else keeps the door shut.
        seen = within(300, lambda: _refusals(service) >= refused + TRIES, between=0.5)
        assert ear.heard("Unlock", path) == []
    assert seen, f"the stranger was not looked at {TRIES} times"
    service.log_out(session)


def _refusals(service: Service) -> int:
    return len(service.journal("FACELATCH_VERDICT=not-matched"))


def test_not_the_session_of_another(service: Service) -> None:
    service.film("ada")
    session = service.log_in("bob")
    _stays_locked(service, session, 10.0)
    service.film("bob")
    wait_for(lambda: _is_unlocked(service, session), PATIENCE, "bob is not let in either")
    service.log_out(session)


def _is_unlocked(service: Service, session: str) -> bool:
    entries = service.journal("FACELATCH_VERDICT=unlocking")
    return bool(entries) and entries[-1]["FACELATCH_SESSION"] == session


def test_not_after_locking_by_hand_until_an_absence(service: Service) -> None:
    service.film("ada")
    session = service.log_in("ada")
    _stays_locked(service, session, 6.0, idle=False)
    service.film("ada-leaves-and-returns")
    wait_for(lambda: _is_unlocked(service, session), PATIENCE, "the owner is not let in again")
    service.log_out(session)


def test_no_session_of_somebody_elsewhere(service: Service) -> None:
    service.film("ada")
    session = service.log_in("ada", "XDG_SESSION_TYPE=x11", "XDG_SESSION_CLASS=user")
    _stays_locked(service, session, 5.0)
    service.log_out(session)


def test_killed_it_comes_back_and_works(service: Service) -> None:
    service.film("ada")
    session = service.log_in("ada")
    before = service.property("MainPID")
    service.machine.call("systemctl", "kill", "--signal=KILL", "facelatch")
    wait_for(lambda: service.property("MainPID") not in ("0", before), PATIENCE, "no restart")
    wait_for(lambda: service.property("ActiveState") == "active", PATIENCE, "not ready again")
    _lets_in(service, session)
    service.log_out(session)


def test_hanging_it_is_ended_and_comes_back(service: Service) -> None:
    with service.changed_unit("WatchdogSec=2\n"):
        service.machine.call("systemctl", "restart", "facelatch")
        before = service.property("MainPID")
        service.machine.call("systemctl", "kill", "--signal=STOP", "facelatch")
        wait_for(lambda: service.property("MainPID") not in ("0", before), PATIENCE, "no restart")
        wait_for(lambda: service.property("ActiveState") == "active", PATIENCE, "not ready again")


def test_stopped_it_is_gone_in_time_and_the_bus_can_start_it(service: Service) -> None:
    session = service.log_in("ada")
    service.film("nobody")
    with service.changed_unit("TimeoutStopSec=1\n"):
        service.machine.call("systemctl", "restart", "facelatch")
        service.lock(session, idle=True)
        wait_for(lambda: service.ask("Status")[0]["camera-on"], PATIENCE, "nobody looks")
        service.machine.call("systemctl", "stop", "facelatch")
        # "timeout" where systemd had to kill it.
        assert service.property("Result") == "success"
        assert service.refusal("Status", user="root") in ("NameHasNoOwner", "ServiceUnknown")
        service.machine.call("busctl", "call", *_STATUS)
        assert service.property("ActiveState") == "active"
    service.log_out(session)


_STATUS = (
    "org.facelatch.Facelatch1",
    "/org/facelatch/Facelatch1",
    "org.facelatch.Facelatch1",
    "Status",
)


def test_disabled_the_bus_does_not_start_it(service: Service) -> None:
    service.machine.call("systemctl", "disable", "--quiet", "--now", "facelatch")
    try:
        with pytest.raises(MachineError):
            service.machine.call("busctl", "call", *_STATUS)
        assert service.property("ActiveState") == "inactive"
    finally:
        service.machine.call("systemctl", "enable", "--quiet", "--now", "facelatch")


def test_a_broken_configuration_stops_nothing(service: Service) -> None:
    service.film("ada")
    session = service.log_in("ada")
    file = service.machine.root / "etc/facelatch/config.toml"
    good = file.read_text()
    file.write_text(good.replace("source", "sauce"))
    service.machine.call("systemctl", "reload", "facelatch")
    wait_for(
        lambda: "sauce" in service.ask("Status")[0]["configuration-problem"],
        PATIENCE,
        "no complaint",
    )
    _lets_in(service, session)
    file.write_text(good)
    service.machine.call("systemctl", "reload", "facelatch")
    wait_for(
        lambda: not service.ask("Status")[0]["configuration-problem"], PATIENCE, "still broken"
    )
    service.log_out(session)


def test_after_a_reboot_it_runs_and_knows_everybody(service: Service) -> None:
    service.film("ada")
    service.machine.reboot()
    assert service.property("ActiveState") == "active"
    assert service.ask("ListUsers") == [["ada", "bob"]]
    session = service.log_in("ada")
    _lets_in(service, session)
    service.log_out(session)

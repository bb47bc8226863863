"""GDM's and SDDM's login screens with a face switched on: whom they let in, and by what."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine.desktops.conftest import ALL, PLAIN
from tests.machine.desktops.screens import (
    GDM,
    SDDM,
    TERMINALS,
    LoginScreen,
    prepare,
    terminals_restored,
    without_terminals,
)
from tests.machine.machine import Machine, base, running, shown_for_setup
from tests.machine.pam_machine import PASSWORD, enable
from tests.machine.service import installed

pytestmark = pytest.mark.slow

_PACKAGES = {
    "gdm": tuple(ALL),
    "sddm": PLAIN,
}


@pytest.fixture(scope="module", params=[GDM, SDDM], ids=lambda manager: manager.unit)
def screen(machines: Path, request: pytest.FixtureRequest) -> Iterator[LoginScreen]:
    """A machine that shows its login screen in memory, where a face is asked for."""
    if problem := without_terminals():
        pytest.skip(problem)
    manager = request.param
    machine = Machine(
        machines / manager.unit,
        origin=base(*_PACKAGES[manager.unit]),
        shown=shown_for_setup(),
        devices=TERMINALS,
    )
    prepare(machine.root, manager)
    with terminals_restored(), running(machine, "ada"):
        machine.call("sh", "-c", f"echo 'ada:{PASSWORD}' | chpasswd")
        service = installed(machine)
        service.enrol_absent("ada")
        done = enable(service, manager.service)
        assert done.code == 0, done.text
        yield LoginScreen(service, manager)
        # What it shows would go on being written where the machine does not end in time.
        machine.call("systemctl", "stop", manager.unit)


def test_enter_alone_brings_in_whom_the_camera_knows(screen: LoginScreen) -> None:
    screen.show("ada")
    before = screen.verdicts("matched")
    screen.enter(lambda: screen.is_in)
    assert screen.verdicts("matched") == before + 1


def test_a_stranger_stays_outside_and_the_password_works(screen: LoginScreen) -> None:
    screen.show("bob")
    refused = screen.verdicts("not-matched")
    screen.enter(lambda: screen.verdicts("not-matched") > refused)
    assert not screen.is_in
    screen.password(PASSWORD, lambda: screen.is_in)


def test_a_password_typed_at_once(screen: LoginScreen) -> None:
    screen.show("ada")
    before = screen.verdicts("matched")
    screen.password(PASSWORD, lambda: screen.is_in)
    assert screen.verdicts("matched") == before

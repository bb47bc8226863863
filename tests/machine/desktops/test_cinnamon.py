"""Cinnamon's lock screen, which tells only the session's bus: the agent tells logind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine.desktops.desktops import CINNAMON
from tests.machine.desktops.screens import OPEN
from tests.machine.desktops.seat import USER, Seat
from tests.machine.machine import Machine, answered, base, running, shown_for_setup, wait_for
from tests.machine.pam_machine import PASSWORD, enable
from tests.machine.service import ENVIRONMENT, Service, installed
from tests.waiting import stays

pytestmark = pytest.mark.slow

PATIENCE = 90.0
QUIET = 6.0
"""Seconds in which the owner would be let in several times over."""
_ANSWER_SECONDS = 20.0
"""It waits for a while after a no."""


@pytest.fixture(scope="module")
def alone(machines: Path) -> Iterator[Service]:
    """The service on a machine with Cinnamon's screen saver, ada enrolled."""
    machine = Machine(
        machines / "cinnamon", origin=base(*CINNAMON.packages), shown=shown_for_setup()
    )
    # It asks for the person's picture, and draws no prompt without an answer.
    folder = machine.root / "etc/systemd/system/accounts-daemon.service.d"
    folder.mkdir()
    (folder / "open.conf").write_text(OPEN)
    with running(machine, USER):
        machine.call("sh", "-c", f"echo 'ada:{PASSWORD}' | chpasswd")
        yield installed(machine, USER)


@pytest.fixture
def seat(alone: Service) -> Iterator[Seat]:
    """Ada before Cinnamon, with her agent."""
    found = Seat(alone, CINNAMON)
    found.sit_down()
    found.start("agent", f"{ENVIRONMENT}/bin/facelatch", "agent")
    yield found
    found.machine.call("systemctl", "stop", "agent", check=False)
    alone.log_out(found.session)


def test_it_stays_before_a_stranger_and_opens_for_its_owner(seat: Seat) -> None:
    seen, let_in = seat.entries("not-matched"), seat.entries("unlocked")
    seat.service.film("bob")
    seat.leave()
    wait_for(lambda: seat.hint, PATIENCE, "logind is not told of the lock")
    wait_for(lambda: seat.entries("not-matched") > seen, PATIENCE, "nobody is looked at")
    stays(lambda: seat.is_locked, QUIET, "the lock screen")
    assert seat.entries("unlocked") == let_in
    seat.service.film("ada")
    wait_for(lambda: not seat.is_locked, PATIENCE, "the lock screen stays")
    wait_for(lambda: seat.entries("unlocked") > let_in, PATIENCE, "no entry in the journal")
    wait_for(lambda: not seat.hint, PATIENCE, "logind is not told of the end")


def test_enter_alone_opens_for_the_owner_and_the_password_for_whoever_types_it(seat: Seat) -> None:
    done = enable(seat.service, "cinnamon-screensaver")
    assert done.code == 0, done.text

    def press(text: str) -> None:
        # The first movement brings the prompt up.
        typed = ("type", "--args", "1", text) if text else ()
        moved = ("mousemove", "300", "300", "mousemove", "320", "320", "sleep", "3")
        seat.run("xdotool", *moved, *typed, "key", "Return")

    def film(clip: str) -> None:
        """Before the camera; nobody is let in unasked."""
        seat.service.film(clip)
        file = "/etc/facelatch/config.toml"
        seat.machine.call("sed", "-i", r"s/^\[unlock\]$/&\nenabled = false/", file)
        seat.service.ask("Reload")

    film("bob")
    refused = seat.entries("not-matched")
    seat.leave()
    asked = lambda: seat.entries("not-matched") > refused  # noqa: E731
    answered(lambda: press(""), asked, seconds=PATIENCE, each=_ANSWER_SECONDS)
    assert seat.is_locked
    is_open = lambda: not seat.is_locked  # noqa: E731
    answered(lambda: press(PASSWORD), is_open, seconds=PATIENCE, each=_ANSWER_SECONDS)

    # As an upgrade of the distribution's PAM does, which writes common-auth anew.
    anew = ("pam-auth-update", "--force", "--package")
    seat.machine.call("env", "DEBIAN_FRONTEND=noninteractive", *anew)
    film("ada")
    matched = seat.entries("matched")
    seat.leave()
    answered(lambda: press(""), is_open, seconds=PATIENCE, each=_ANSWER_SECONDS)
    assert seat.entries("matched") == matched + 1

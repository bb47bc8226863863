"""greetd, with a face switched on for it: whom it lets in, and by what."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine.desktops.conftest import PLAIN
from tests.machine.desktops.screens import TERMINALS, terminals_restored, without_terminals
from tests.machine.machine import Machine, base, running, shown_for_setup, wait_for
from tests.machine.pam_machine import PASSWORD, enable
from tests.machine.service import Service, installed

pytestmark = pytest.mark.slow

PATIENCE = 120.0
HINT = "Password, or Enter alone to be recognised"
LOOKING = "looking for your face"
_CONFIGURATION = """\
[terminal]
vt = 7
[default_session]
command = "python3 /srv/greeter.py"
user = "_greetd"
"""
_ALIAS = "etc/systemd/system/display-manager.service"


class Greetd:
    """The login, whose screen is a program that types."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._machine = service.machine

    def answer(self, clip: str, *, typed: str) -> list[str]:
        """What is heard where somebody types this, with the clip before the camera."""
        root = self._machine.root
        self._machine.call("systemctl", "stop", "greetd")
        for name, text in (("typed", typed), ("heard", "")):
            (root / "srv" / name).write_text(text)
            (root / "srv" / name).chmod(0o666)
        self.service.film(clip, greeter=True)
        self._machine.call("systemctl", "reset-failed", "greetd")
        self._machine.call("systemctl", "start", "greetd")
        heard = root / "srv/heard"

        def ended() -> bool:
            return heard.read_text().endswith(("success\n", "error\n"))

        wait_for(ended, PATIENCE, "nobody is answered")
        return heard.read_text().splitlines()


@pytest.fixture(scope="module")
def greetd(machines: Path) -> Iterator[Greetd]:
    """A machine that it is the display manager of."""
    if problem := without_terminals():
        pytest.skip(problem)
    machine = Machine(
        machines / "greetd",
        origin=base(*PLAIN),
        shown=shown_for_setup(),
        devices=TERMINALS,
        # It keeps what is typed in locked memory.
        rights=["CAP_IPC_LOCK"],
    )
    greeter = (Path(__file__).with_name("greeter.py")).read_text()
    (machine.root / "srv/greeter.py").write_text(greeter)
    (machine.root / "etc/greetd/config.toml").write_text(_CONFIGURATION)
    (machine.root / _ALIAS).unlink(missing_ok=True)
    (machine.root / _ALIAS).symlink_to("/lib/systemd/system/greetd.service")
    with terminals_restored(), running(machine, "ada"):
        machine.call("sh", "-c", f"echo 'ada:{PASSWORD}' | chpasswd")
        service = installed(machine)
        service.enrol_absent("ada")
        # Debian's file of greetd includes this one whole.
        done = enable(service, "login")
        assert done.code == 0, done.text
        yield Greetd(service)
        machine.call("systemctl", "stop", "greetd")


def test_its_own_file_cannot_be_changed_and_says_which_can(greetd: Greetd) -> None:
    done = enable(greetd.service, "greetd")
    assert done.code == 2 and "facelatch pam enable login" in done.text


def test_enter_alone_brings_in_whom_the_camera_knows(greetd: Greetd) -> None:
    heard = greetd.answer("ada", typed="")
    assert heard == [HINT, "Password: ", LOOKING, "success"]


def test_a_stranger_stays_outside(greetd: Greetd) -> None:
    heard = greetd.answer("bob", typed="")
    assert heard == [HINT, "Password: ", LOOKING, "no face now: not recognised", "error"]


def test_a_password_is_taken_without_a_look_and_a_wrong_one_is_not(greetd: Greetd) -> None:
    assert greetd.answer("bob", typed=PASSWORD) == [HINT, "Password: ", "success"]
    assert greetd.answer("ada", typed="wrong") == [HINT, "Password: ", "error"]

"""physlock on a virtual terminal: which opens for its password, and for no face.

It goes to a terminal of its own, so that the session that it locks is no longer on the screen, and
nobody is recognised for such a one. It says so, and the camera stays closed.
"""

import fcntl
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine.desktops.conftest import PLAIN
from tests.machine.desktops.screens import TERMINALS, terminals_restored, without_terminals
from tests.machine.machine import Machine, answered, base, running, shown_for_setup, wait_for
from tests.machine.pam_machine import PASSWORD, enable
from tests.machine.service import Service, installed

pytestmark = pytest.mark.slow

PATIENCE = 60.0
_ANSWER_SECONDS = 10.0
_TERMINAL = 3
_ACTIVATE = 0x5606
"""VT_ACTIVATE of linux/vt.h."""
_UNLOCK_SWITCHING = 0x560C
"""VT_UNLOCKSWITCH."""
_NOT_SHOWN = "the session is not on the screen"
# Debian's package brings no file of PAM.
_PAM = "@include common-auth\n@include common-account\n"
# Else one would have the terminal before ada's session.
_NO_GETTY = "[Login]\nNAutoVTs=0\nReserveVT=0\n"
_LOCKS = """\
#!/bin/sh
# Whose terminal is on the screen it asks logind.
until loginctl show-session $XDG_SESSION_ID --property=Active | grep -q yes; do sleep 0.2; done
while :; do physlock; sleep 1; done
"""


class Terminals:
    """This host's own, which the machine shares."""

    def show(self, number: int) -> None:
        """Switches to that one."""
        with TERMINALS[0].open("rb", buffering=0) as console:
            fcntl.ioctl(console, _UNLOCK_SWITCHING, 1)
            fcntl.ioctl(console, _ACTIVATE, number)

    @property
    def shown(self) -> str:
        """What is on the screen now."""
        return Path(f"/dev/vcs{self._number}").read_bytes().decode("ascii", "replace")

    def type(self, text: str) -> None:
        """At the one that is shown."""
        with TERMINALS[int(self._number)].open("rb", buffering=0) as terminal:
            for letter in f"{text}\n":
                fcntl.ioctl(terminal, termios.TIOCSTI, letter.encode())

    @property
    def _number(self) -> str:
        return Path("/sys/class/tty/tty0/active").read_text().strip().removeprefix("tty")


@pytest.fixture
def locked(machines: Path) -> Iterator[Service]:
    """Ada's session at a terminal, which physlock locks again and again; ada before the camera."""
    if problem := without_terminals():
        pytest.skip(problem)
    shown = shown_for_setup()
    machine = Machine(machines / "physlock", origin=base(*PLAIN), shown=shown, devices=TERMINALS)
    (machine.root / "etc/systemd/logind.conf.d").mkdir()
    (machine.root / "etc/systemd/logind.conf.d/none.conf").write_text(_NO_GETTY)
    with terminals_restored(), running(machine, "ada"):
        machine.call("sh", "-c", f"echo 'ada:{PASSWORD}' | chpasswd")
        (machine.root / "etc/pam.d/physlock").write_text(_PAM)
        (machine.root / "srv/locks").write_text(_LOCKS)
        (machine.root / "srv/locks").chmod(0o755)
        service = installed(machine)
        service.enrol_absent("ada")
        done = enable(service, "physlock")
        assert done.code == 0, done.text
        Terminals().show(_TERMINAL)
        _log_in(machine)
        yield service
        machine.call("systemctl", "stop", "locks", check=False)
        Terminals().show(_TERMINAL)


def _log_in(machine: Machine) -> None:
    """As a getty does: the terminal becomes ada's."""
    kind = ("XDG_SESSION_TYPE=tty", "XDG_SESSION_CLASS=user")
    seat = (*kind, "XDG_SEAT=seat0", f"XDG_VTNR={_TERMINAL}")
    properties = ("PAMName=login", "User=ada", f"TTYPath=/dev/tty{_TERMINAL}", "StandardInput=tty")
    machine.call(
        "systemd-run",
        "--quiet",
        "--collect",
        "--unit=locks",
        *(f"--property={one}" for one in properties),
        *(f"--property=Environment={one}" for one in seat),
        "/srv/locks",
    )


def _lockers(service: Service) -> str:
    return service.machine.call("pgrep", "--exact", "physlock", check=False).stdout.strip()


def test_it_opens_for_the_password_and_says_why_for_no_face(locked: Service) -> None:
    terminals = Terminals()
    wait_for(lambda: _lockers(locked) != "", PATIENCE, "physlock does not lock")
    before = _lockers(locked)

    def is_told() -> bool:
        return _NOT_SHOWN in terminals.shown

    answered(lambda: terminals.type(""), is_told, seconds=PATIENCE, each=_ANSWER_SECONDS)
    assert _lockers(locked) == before
    entries = [entry["MESSAGE"] for entry in locked.journal()]
    assert any(_NOT_SHOWN in one for one in entries), entries

    terminals.type("wrong")
    wait_for(lambda: terminals.shown.count("failed") > 1, PATIENCE, "a wrong password is no answer")
    assert _lockers(locked) == before

    def is_open() -> bool:
        return _lockers(locked) != before

    answered(lambda: terminals.type(PASSWORD), is_open, seconds=PATIENCE, each=_ANSWER_SECONDS)
    assert locked.journal("FACELATCH_VERDICT=matched") == []

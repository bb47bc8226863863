"""The agent as the user's own systemd starts it, in a session without a screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine import packages
from tests.machine.machine import Machine, wait_for
from tests.machine.service import newer_checkout, remove, setup, setup_command

pytestmark = pytest.mark.slow

UNIT = "facelatch-agent.service"
NO_SCREEN = "there is no screen here"
# Nobody but a session may start the target itself.
_SESSION = """\
[Unit]
BindsTo=graphical-session.target
[Service]
ExecStart=/bin/sleep infinity
"""


class Session:
    """A graphical session of ada's, as far as her own systemd knows."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.number = machine.out("id", "--user", "ada")

    def begin(self) -> None:
        """Starts it, and with it the agent."""
        self.systemctl("daemon-reload")
        self.systemctl("start", "session.service")
        assert self.systemctl("is-active", UNIT) == "active"

    def end(self) -> None:
        """Ends it."""
        self.systemctl("stop", "session.service", "graphical-session.target")

    def systemctl(self, *arguments: str) -> str:
        """Asks her systemd."""
        home = f"XDG_RUNTIME_DIR=/run/user/{self.number}"
        return self.machine.out("env", home, "systemctl", "--user", *arguments, user="ada")

    @property
    def process(self) -> str:
        """The agent's number; "0" where there is none."""
        return self.systemctl("show", "--property=MainPID", "--value", UNIT)

    @property
    def starts(self) -> int:
        """How often an agent began so far: each says that it finds no screen."""
        return self.journal.count(NO_SCREEN)

    @property
    def journal(self) -> str:
        """All that was said on this machine."""
        return self.machine.out("journalctl", "--quiet", "--no-pager", "--output=cat")


@pytest.fixture(scope="module")
def user(bare: Machine) -> Iterator[Session]:
    """Ada's systemd, which other tests have no use for."""
    (bare.root / "etc/systemd/system/user@.service").unlink()
    folder = bare.root / "etc/systemd/user"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "session.service").write_text(_SESSION)
    bare.call("systemctl", "daemon-reload")
    session = Session(bare)
    unit = f"user@{session.number}.service"
    bare.call("systemctl", "start", unit)
    yield session
    # It would keep the machine from powering off.
    bare.call("systemctl", "kill", "--signal=KILL", unit)


@pytest.fixture
def session(user: Session) -> Iterator[Session]:
    """Her session, with the agent in it."""
    if packages.wanted():
        packages.install(user.machine)
    else:
        setup(user.machine)
    before = user.starts
    user.begin()
    # A simple service is active before it has done anything.
    wait_for(lambda: user.starts > before, 60, "the agent said nothing")
    yield user
    user.end()
    assert "Traceback" not in user.journal


def test_it_starts_with_the_session_comes_back_and_ends_with_it(session: Session) -> None:
    first = session.process
    session.systemctl("kill", "--signal=KILL", UNIT)
    wait_for(lambda: session.process not in ("0", first), 60, "the agent did not come back")
    session.end()
    wait_for(lambda: session.process == "0", 60, "the agent outlived its session")


def test_an_upgrade_takes_its_place_and_a_removal_ends_it(session: Session) -> None:
    machine, before, process = session.machine, session.starts, session.process
    _upgrade(machine)
    wait_for(lambda: session.starts > before, 60, "the agent is still that of before")
    assert session.process == process  # systemd saw no end

    remove(machine)
    wait_for(lambda: session.process == "0", 60, "the agent outlived its program")
    assert session.starts == before + 1


def _upgrade(machine: Machine) -> None:
    if packages.wanted():
        made = packages.newer(packages.of_machines(), machine.root / "srv")
        packages.install(machine, Path("/srv", made.name))
    else:
        machine.out(*setup_command(checkout=newer_checkout(machine)))

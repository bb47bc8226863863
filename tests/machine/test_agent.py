"""The agent as the user's own systemd starts it, in a session without a screen."""

import pytest

from tests.machine.machine import Machine, wait_for
from tests.machine.service import setup

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


def test_it_starts_with_the_session_comes_back_and_ends_with_it(bare: Machine) -> None:
    setup(bare, "--no-start")
    number = bare.out("id", "--user", "ada")
    folder = bare.root / "etc/systemd/user"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "session.service").write_text(_SESSION)
    # Other tests have no use for it.
    (bare.root / "etc/systemd/system/user@.service").unlink()
    bare.call("systemctl", "daemon-reload")
    bare.call("systemctl", "start", f"user@{number}.service")

    def systemctl(*arguments: str) -> str:
        home = f"XDG_RUNTIME_DIR=/run/user/{number}"
        return bare.out("env", home, "systemctl", "--user", *arguments, user="ada")

    def process() -> str:
        return systemctl("show", "--property=MainPID", "--value", UNIT)

    systemctl("start", "session.service")
    assert systemctl("is-active", UNIT) == "active"
    # A simple service is active before it has done anything.
    wait_for(lambda: NO_SCREEN in _journal(bare), 60, "the agent said nothing")
    first = process()
    systemctl("kill", "--signal=KILL", UNIT)
    wait_for(lambda: process() not in ("0", first), 60, "the agent did not come back")
    systemctl("stop", "session.service", "graphical-session.target")
    wait_for(lambda: process() == "0", 60, "the agent outlived its session")
    assert "Traceback" not in _journal(bare)


def _journal(machine: Machine) -> str:
    return machine.out("journalctl", "--quiet", "--no-pager", "--output=cat")

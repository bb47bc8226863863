"""A machine with real sudo, su and polkit, and ada at its terminals."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from daemon.install import pam_text
from tests.machine.debian_packages import PAM_PACKAGES
from tests.machine.machine import Machine, base, running, shown_for_setup, wait_for
from tests.machine.service import ENVIRONMENT, Service, installed

PASSWORD = "Zx-right-9137"  # noqa: S105
# By root, of the sudo that it runs under.
_SUDOS_MEMORY = ("sudo", "sh", "-c", "python3 /srv/memory.py /srv/mark $PPID")
SECONDS = 8
"""The configured pam.seconds."""
_SUDOERS = "Defaults timestamp_timeout=0, passwd_tries=1\n%sudo ALL=(ALL) ALL\n"
_PROGRAMS = ("memory.py", "rounds.py", "terminal.py", "turns.py")
# pkexec's own agent runs as root, and polkit finds no cookie of its own; one of ada's says by the
# pipe when it is registered.
_PKEXEC = """\
#!/bin/sh
mkfifo "$1.pipe"
sh -c 'read -r _ <"$0.pipe"; pkexec --disable-internal-agent id -u >"$0" 2>&1; kill $PPID' "$1" &
exec pkttyagent --notify-fd=3 --process $! 3>"$1.pipe"
"""
# A program that asks polkit itself, and prints a line when it knows.
_ASKING = """\
#!/bin/sh
answer=$1; shift
mkfifo "$answer.pipe"
sh -c 'read -r _ <"$0.pipe"; exec "$@" >"$0" 2>&1' "$answer" "$@" &
asking=$!
sh -c 'until [ -s "$0" ]; do sleep 0.1; done; kill $PPID' "$answer" &
exec pkttyagent --notify-fd=3 --process $asking 3>"$answer.pipe"
"""

# The helper, and then a look through its memory by another process.
SHIM = """\
#!@ENVIRONMENT@/bin/python -IS
import glob, os, subprocess, sys
with open("/srv/seen", "ab") as stream:
    stream.write(repr((sys.argv, os.environb)).encode())
sys.path += glob.glob("@ENVIRONMENT@/lib/python3*/site-packages")
from daemon.clients.pam.program import main
code = main(sys.argv[1:])
search = ["/usr/bin/python3", "-I", "/srv/memory.py", "/srv/mark", str(os.getpid())]
with open("/srv/found", "ab") as stream:
    subprocess.run(search, stdout=stream, stderr=stream)
sys.exit(code)
""".replace("@ENVIRONMENT@", ENVIRONMENT)
CRON = """\
#!/bin/sh
echo | sudo -S id -u
echo "code $?"
echo '{password}' | sudo -S id -u
echo "code $?"
"""

_ASKING_UNIT = """\
[Service]
Type=oneshot
ExecStart={command}
StandardOutput=truncate:/srv/terminals/asking
StandardError=inherit
"""
_HAS_IT_RUN = """\
export XDG_RUNTIME_DIR=/run/user/{number}
systemctl --user daemon-reload
systemctl --user start asking; code=$?
cat /srv/terminals/asking
exit $code
"""


@dataclass
class Said:
    """What a program said, how it ended, and after how many seconds."""

    text: str
    code: int
    seconds: float


class Terminal:
    """A session of ada's, in which programs run at terminals."""

    def __init__(self, service: Service, name: str, *environment: str) -> None:
        self._machine = service.machine
        self._dialogues = 0
        self.socket = f"/srv/terminals/{name}"
        command = ("python3", "/srv/terminal.py", "serve", self.socket)
        self.session = self._machine.log_in("ada", *environment, command=command)
        here = self._machine.root / self.socket[1:]
        wait_for(here.exists, 20, "no terminal comes up")

    def command(self, *command: str, typed: tuple[str, ...], terminal: bool) -> list[str]:
        """What has it run this."""
        request = {"command": command, "typed": typed, "terminal": terminal}
        return ["python3", "/srv/terminal.py", "ask", self.socket, json.dumps(request)]

    def run(self, *command: str, typed: tuple[str, ...] = ("",), terminal: bool = True) -> Said:
        """Runs it; by default Enter alone is pressed where it asks."""
        asked = self.command(*command, typed=typed, terminal=terminal)
        done = self._machine.call(*asked, check=False)
        return said(done.stdout)

    def pkexec(self, *typed: str) -> tuple[str, str]:
        """What the agent of polkit says, and what pkexec does."""
        return self.dialogue("pkexec", typed=typed)

    def dialogue(self, script: str, *command: str, typed: tuple[str, ...]) -> tuple[str, str]:
        """What the agent of polkit says, and the program that asks polkit."""
        self._dialogues += 1
        answer = f"{self.socket}.{self._dialogues}"
        agent = self.run("sh", f"/srv/{script}", answer, *command, typed=typed)
        return agent.text, (self._machine.root / answer[1:]).read_text()


class Manager:
    """A user's own systemd, which tests otherwise have no use for."""

    def __init__(self, service: Service, user: str) -> None:
        self._machine = service.machine
        self._user = user
        self._number = self._machine.out("id", "-u", user)

    @classmethod
    @contextmanager
    def started(cls, service: Service, user: str) -> "Iterator[Manager]":
        """One that runs."""
        found = cls(service, user)
        machine, unit = service.machine, f"user@{found._number}.service"
        (machine.root / "etc/systemd/system/user@.service").unlink()
        machine.call("systemctl", "daemon-reload")
        machine.call("systemctl", "start", unit)
        yield found
        # It would keep the machine from powering off.
        machine.call("systemctl", "kill", "--signal=KILL", unit)

    def line(self, *command: str) -> str:
        """What has it run this, for a shell."""
        unit = self._machine.root / "etc/systemd/user/asking.service"
        unit.write_text(_ASKING_UNIT.format(command=" ".join(command)))
        return _HAS_IT_RUN.format(number=self._number)

    def run(self, *command: str) -> Said:
        """Runs it, in no session."""
        line = ("sh", "-c", self.line(*command))
        done = self._machine.call(*line, check=False, user=self._user)
        return Said(done.stdout + done.stderr, done.returncode, 0.0)


def said(output: str) -> Said:
    """What the program at the terminal said."""
    text, code, seconds = re.fullmatch(r"(.*)\n\[(-?\d+) ([\d.]+)\]\n", output, re.S).groups()  # type: ignore[union-attr]
    return Said(text.replace("\r\n", "\n"), int(code), float(seconds))


@contextmanager
def pam_machine(folder: Path) -> Iterator[Service]:
    """The service with ada enrolled, who may use sudo and has a password."""
    machine = Machine(folder / "pam", origin=base(*PAM_PACKAGES), shown=shown_for_setup())
    with running(machine, "ada", "bob"):
        (machine.root / "etc/sudoers.d/test").write_text(_SUDOERS)
        (machine.root / "srv/pkexec").write_text(_PKEXEC)
        (machine.root / "srv/asking").write_text(_ASKING)
        for name in _PROGRAMS:
            place = machine.root / "srv" / name
            text = (Path(__file__).parent / name).read_text()
            place.write_text(text.replace("/opt/facelatch/venv", ENVIRONMENT))
        machine.call("mkdir", "--mode=1777", "/srv/terminals")
        machine.call("usermod", "--append", "--groups", "sudo", "ada")
        machine.call("sh", "-c", f"printf 'ada:{PASSWORD}\\nbob:{PASSWORD}\\n' | chpasswd")
        yield installed(machine, "ada")


def film(service: Service, clip: str, **attempts: int) -> None:
    """What the camera shows, and a short pam.seconds."""
    service.film(clip, methods=f"[pam]\nseconds = {SECONDS}\n")
    if attempts:
        place = service.machine.root / "etc/facelatch/config.toml"
        text = place.read_text()
        for name, value in attempts.items():
            text = re.sub(f"^{name} = .*$", f"{name} = {value}", text, flags=re.M)
        place.write_text(text)
        service.ask("Reload")


def enable(service: Service, *services: str, password: str = PASSWORD) -> Said:
    """`facelatch pam enable`, as ada's sudo would run it."""
    line = (
        f"printf '%s\\n' '{password}' | facelatch pam enable --user ada {' '.join(services)} 2>&1"
    )
    done = service.machine.call("sh", "-c", line, check=False)
    return Said(done.stdout, done.returncode, 0.0)


def files_of(service: Service) -> dict[str, bytes]:
    """PAM's files, and the copies of them."""
    root = service.machine.root
    folders = [root / "etc/pam.d", root / "usr/lib/pam.d", root / "var/backups"]
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in found}


def no_more_in_sudo_than_without_a_face(ada: Terminal, sudo: Path) -> None:
    """sudo was told the token itself; nothing that we add to its file leaves another there."""
    with_face = ada.run(*_SUDOS_MEMORY, typed=(PASSWORD,))
    good = sudo.read_text()
    sudo.write_text(pam_text.disabled(good.encode())[0].decode())
    try:
        without = ada.run(*_SUDOS_MEMORY, typed=(PASSWORD,))
    finally:
        sudo.write_text(good)
    counts = [int(found.text.splitlines()[-1]) for found in (with_face, without)]
    assert counts[0] <= counts[1], counts


def remote_sessions(service: Service) -> list[str]:
    """Ids of logind's remote sessions; cron's, which are none, may go on for a while."""
    shown = ("loginctl", "show-session", "--property=Remote", "--value")

    def is_remote(session: str) -> bool:
        # It may have gone meanwhile.
        return service.machine.call(*shown, session, check=False).stdout.strip() == "yes"

    return [one for one in service.machine.sessions() if is_remote(one)]

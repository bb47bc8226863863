"""The installed service inside a machine: setting it up, showing it clips, hearing what it does."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import cv2

from daemon.sources.demo import open_demo
from models.synthetic.clip import FPS
from tests.data import ROOT
from tests.machine import packages
from tests.machine.machine import Machine, end, wait_for

_LOGIN = "org.freedesktop.login1"
_OF_SETUP = "opt/facelatch/venv"
ENVIRONMENT = f"/{packages.ENVIRONMENT if packages.wanted() else _OF_SETUP}"
"""Where the service's own Python environment lies, as PAM's files and units name it."""
UNITS = "/usr/lib/systemd/system" if packages.wanted() else "/usr/local/lib/systemd/system"
_CONFIGURATION = """\
[camera]
source = "/srv/clips/{clip}.avi"
retry_seconds = 0.2
[unlock]
absence_seconds = 1.0
[liveness]
enabled = false
[attempts]
before_pause = 20
before_password = 100
"""
_SETUP_SECONDS = 600.0
SEATED = ("XDG_SESSION_TYPE=x11", "XDG_SESSION_CLASS=user", "XDG_SEAT=seat0")

_OWN = ("signal", "command")
"""Methods that need the rights of the session's user."""

Part = Literal["owner", "stranger", "empty"]
CLIPS: dict[str, Sequence[tuple[Part, float]]] = {
    # The demo's owner is ada, its stranger is bob.
    "ada": [("owner", 8.0)],
    "bob": [("stranger", 8.0)],
    "nobody": [("empty", 8.0)],
    "ada-leaves-and-returns": [("owner", 2.0), ("empty", 4.0), ("owner", 6.0)],
}


class Service:
    """Facelatch in a machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        folder = machine.root / "srv"
        for name in ("ask.py", "probe.py"):
            (folder / name).write_text((Path(__file__).parent / name).read_text())
        shutil.copytree(_clips(machine.root.parent), folder / "clips", dirs_exist_ok=True)

    def setup(self, *arguments: str) -> str:
        """`facelatch setup`, from the checkout; what it prints."""
        return setup(self.machine, *arguments)

    def film(self, clip: str, *, methods: str = "", greeter: bool = False) -> None:
        """What the camera shows from now on; a running service reads its configuration again.

        `methods` are lines of [unlock.methods]; `greeter` lets login screens ask.
        """
        folder = self.machine.root / "etc/facelatch"
        folder.mkdir(exist_ok=True)
        text = f"{_CONFIGURATION.format(clip=clip)}[unlock.methods]\n{methods}"
        if greeter:
            text = text.replace("[unlock]", "[unlock]\ngreeter = true")
        (folder / "config.toml").write_text(text)
        self._listen_for(methods)
        if self.machine.call("systemctl", "is-active", "facelatch", check=False).returncode == 0:
            self.ask("Reload")

    def _listen_for(self, methods: str) -> None:
        """The sockets that `facelatch setup` makes for those who have such methods."""
        for user in ("ada", "bob"):
            named = [f'{name} = ["{kind}' for name in (user, '"*"') for kind in _OWN]
            wanted = any(one in methods for one in named)
            verb = "start" if wanted else "stop"
            self.machine.call("systemctl", verb, f"facelatch-unlock@{user}.socket", check=False)

    def ask(
        self, member: str, signature: str = "", *body: object, heard: str = "", user: str = "root"
    ) -> list[Any]:
        """Calls a method; the answer, or the values of the signal `heard`. Refusals raise."""
        done = self.asked(member, signature, *body, heard=heard, user=user)
        assert done.returncode == 0, f"{member}: {done.stdout}{done.stderr}"
        values: list[Any] = json.loads(done.stdout)
        return values

    def refusal(self, member: str, signature: str = "", *body: object, user: str) -> str:
        """The last part of the error's name that a method answers with; "" for no error."""
        done = self.asked(member, signature, *body, heard="", user=user)
        return done.stdout.split()[0].rpartition(".")[2] if done.returncode else ""

    def asked(
        self, member: str, signature: str, *body: object, heard: str, user: str
    ) -> subprocess.CompletedProcess[str]:
        """Calls a method."""
        arguments = [member, signature, json.dumps(body), *([heard] if heard else [])]
        # Tests of `facelatch setup` install from the checkout, whatever others do.
        found = os.path.lexists(self.machine.root / packages.ENVIRONMENT)
        python = f"/{packages.ENVIRONMENT if found else _OF_SETUP}/bin/python"
        command = (python, "-I", "/srv/ask.py", *arguments)
        return self.machine.call(*command, check=False, user=user)

    def enrol(self, user: str) -> None:
        """Enrols `user` from the clip of that name, as root, who sits everywhere."""
        session = self.machine.log_in(user, *SEATED)
        self.enrol_absent(user)
        self.log_out(session)

    def enrol_absent(self, user: str) -> None:
        """The same of somebody who has no session."""
        self.film(user)
        result = self.ask(
            "StartEnrol", "ssa{sv}", user, "plain", {"seconds": 5.0}, heard="EnrolFinished"
        )
        assert result[1] == "enrolled", result

    def log_in(self, user: str, *environment: str) -> str:
        """A session at the machine's own seat, unless `environment` says otherwise; its id."""
        return self.machine.log_in(user, *(environment or SEATED))

    def log_out(self, *sessions: str) -> None:
        """Ends sessions."""
        for session in sessions:
            self.machine.call("loginctl", "terminate-session", session)
        wait_for(
            lambda: not set(sessions) & set(self.machine.sessions()), 60, "a session does not end"
        )

    def lock(self, session: str, *, idle: bool, hinted: bool = True) -> None:
        """Locks as a desktop does that was left alone, or as its user does by hand.

        `hinted`: its locker tells logind that it is up. Otherwise only that a locker's program runs
        shows that there is anything to unlock.
        """
        self.idle(session, idle=idle)
        self.machine.call("loginctl", "lock-session", session)
        if hinted:
            self.hint(session, locked=True)

    def idle(self, session: str, *, idle: bool) -> None:
        """Sets IdleHint, as desktops do that are left alone."""
        self._set(session, "SetIdleHint", value=idle)

    def hint(self, session: str, *, locked: bool) -> None:
        """Sets LockedHint, as desktops do; without, only the signal Lock told of the lock."""
        self._set(session, "SetLockedHint", value=locked)

    def _set(self, session: str, member: str, *, value: bool) -> None:
        words = (self.path_of(session), f"{_LOGIN}.Session", member, "b", str(value).lower())
        self.machine.call("busctl", "call", _LOGIN, *words)

    def path_of(self, session: str) -> str:
        """logind's object of a session."""
        manager = [_LOGIN, "/org/freedesktop/login1", f"{_LOGIN}.Manager"]
        return self.machine.out("busctl", "call", *manager, "GetSession", "s", session).split('"')[
            1
        ]

    @contextmanager
    def listening(self) -> Iterator["Ear"]:
        """Hears logind's own Lock and Unlock from here on."""
        file = self.machine.root.parent / f"{self.machine.root.name}.signals"
        match = f"--match=type='signal',sender='{_LOGIN}',interface='{_LOGIN}.Session'"
        monitor = self.machine.start(file, "busctl", "monitor", "--json=short", match)
        ear = Ear(file, monitor)
        try:
            # It hears nothing before it is known to the bus as a monitor.
            wait_for(lambda: "onitoring bus" in file.read_text(), 60, "the bus is not monitored")
            yield ear
        finally:
            ear.close()

    def journal(self, *matches: str) -> list[dict[str, str]]:
        """The service's own entries of this boot, with every field."""
        lines = self.machine.out(
            "journalctl",
            "--boot",
            "--output=json",
            "--no-pager",
            "SYSLOG_IDENTIFIER=facelatch",
            *matches,
        )
        return [json.loads(line) for line in lines.splitlines()]

    def property(self, name: str) -> str:
        """One of systemd's facts about the unit."""
        return self.machine.out("systemctl", "show", "--value", f"--property={name}", "facelatch")

    @contextmanager
    def changed_unit(self, text: str) -> Iterator[None]:
        """The unit with other settings, and as it was afterwards."""
        folder = self.machine.root / "etc/systemd/system/facelatch.service.d"
        folder.mkdir()
        (folder / "test.conf").write_text(f"[Service]\n{text}")
        self.machine.call("systemctl", "daemon-reload")
        try:
            yield
        finally:
            (folder / "test.conf").unlink()
            folder.rmdir()
            self.machine.call("systemctl", "daemon-reload")
            self.machine.call("systemctl", "reset-failed", "facelatch", check=False)
            self.machine.call("systemctl", "restart", "facelatch")


class Ear:
    """What a monitor of the bus has heard."""

    def __init__(self, file: Path, monitor: "subprocess.Popen[bytes]") -> None:
        self._file = file
        self._monitor = monitor

    def heard(self, member: str, path: str) -> list[float]:
        """When, in seconds, this signal came from the object `path`."""
        times = []
        for line in self._file.read_text().splitlines():
            # The last line may be half written.
            if not line.endswith("}"):
                continue
            message = json.loads(line)
            if message.get("member") == member and message.get("path") == path:
                times.append(message["timestamp-realtime"] / 1e6)
        return times

    def close(self) -> None:
        """Ends the monitor."""
        end(self._monitor)


def installed(machine: Machine, *users: str) -> Service:
    """The service, installed by the project's own command, or out of a package where packages are
    tried, with these users enrolled.
    """
    found = Service(machine)
    if packages.wanted():
        packages.install(machine)
    else:
        found.setup("--no-start")
    found.film("ada")
    machine.call("systemctl", "restart", "facelatch")
    for user in users:
        found.enrol(user)
    return found


def remove(machine: Machine) -> None:
    """The service goes, and all that it made."""
    if packages.wanted():
        packages.purge(machine)
    else:
        machine.call("facelatch", "setup", "--remove", "--yes", seconds=_SETUP_SECONDS)


def newer_checkout(machine: Machine) -> Path:
    """A checkout inside the machine with code and a unit that differ from ours."""
    place = Path("/srv/newer")
    folder = machine.root / place.relative_to("/")
    for name in ("models", "enroll", "daemon", "systemd"):
        # What Python keeps there comes and goes while other tests run.
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
    for file in ("daemon/app.py", "systemd/facelatch.service"):
        with (folder / file).open("a") as stream:
            stream.write("# a newer version\n")
    return place


def setup(machine: Machine, *arguments: str) -> str:
    """`facelatch setup` from the checkout, as root; what it prints."""
    # Networks that nobody converted before are converted now, each in a process of its own.
    return machine.call(*setup_command(*arguments), seconds=_SETUP_SECONDS).stdout.strip()


def setup_command(*arguments: str, checkout: Path = ROOT) -> list[str]:
    """The command of the checkout's environment, as a person types it; another checkout's code in
    that environment where one is named.
    """
    environment = ["env", "PYTHONDONTWRITEBYTECODE=1"]
    if cache := os.environ.get("FACELATCH_CACHE"):
        environment.append(f"FACELATCH_CACHE={Path(cache).resolve()}")
    command = Path(sys.prefix, "bin/facelatch")
    if checkout == ROOT and command.exists():
        return [*environment, str(command), "setup", *arguments]
    program = [sys.executable, "-m", "daemon"]
    return [*environment, f"PYTHONPATH={checkout}", *program, "setup", *arguments]


def _clips(folder: Path) -> Path:
    """The folder of the clips in `folder`, or what that leads to, filmed by whoever comes first."""
    clips = (folder / "clips").resolve()
    clips.mkdir(exist_ok=True)
    with clips.with_name("clips.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name, parts in CLIPS.items():
            if not (clips / f"{name}.avi").exists():
                _film(clips / f"{name}.avi", parts)
    return clips


def _film(path: Path, parts: Sequence[tuple[Part, float]]) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (640, 480))
    assert writer.isOpened()
    for who, seconds in parts:
        with open_demo(who, pace=False) as source:
            while (frame := source.read()) is not None and frame.time < seconds:
                writer.write(frame.image)
    writer.release()

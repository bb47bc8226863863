"""A small world for the real daemon: a bus of its own, a logind and a polkit that do as told."""

import contextlib
import json
import os
import pwd
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from dbus_fast import Variant

from daemon.api import BUS_NAME
from daemon.clients.dbus_client import Client, NoDaemonError
from enroll.store.binding import login_account
from enroll.store.store import TemplateStore
from enroll.template import Appearance
from tests.bus.activation import Activation
from tests.bus.mocks import mock_python
from tests.bus.peer import Peer
from tests.bus.staged import CAMERA
from tests.bus.starting import Process, Start, start_python
from tests.data import ROOT
from tests.waiting import PATIENCE, eventually

LOGIND = "org.freedesktop.login1"
POLKIT = "org.freedesktop.PolicyKit1"
MOCK = "org.freedesktop.DBus.Mock"
MANAGER = "/org/freedesktop/login1"
AUTHORITY = "/org/freedesktop/PolicyKit1/Authority"
UID = os.getuid()
ME = pwd.getpwuid(UID).pw_name
_MOCKS = {
    "logind": (LOGIND, str(Path(__file__).with_name("logind_template.py"))),
    "polkit": (POLKIT, "polkitd"),
}
_NOTHING: Mapping[str, str] = MappingProxyType({})
_BUS_CONFIG = """
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""


@dataclass
class World:
    """The bus, the mocks and the daemon; ended with `close`."""

    folder: Path
    processes: list[Process] = field(default_factory=list)
    start: Start = start_python
    """How the daemon and what is started for it are started."""
    daemon: Process | None = None
    environment: dict[str, str] = field(default_factory=dict)
    """Of the daemon, beside what every daemon gets."""
    program: tuple[str, ...] = ("daemon", "daemon")
    """What is started as the daemon: a module and its arguments."""
    _journal: socket.socket = field(
        default_factory=lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    )
    _entries: list[dict[str, str]] = field(default_factory=list)
    _mocks: dict[str, Process] = field(default_factory=dict)
    _activations: dict[str, Activation] = field(default_factory=dict)
    _peer: Peer | None = None
    """Asks the mocks, and who is there; as long as its bus lasts."""
    _asking: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        """Of the bus: abstract, so that other users come in and no path is too long."""
        return f"unix:abstract={self.folder}/bus"

    @property
    def config(self) -> Path:
        """The daemon's configuration."""
        return self.folder / "config.toml"

    @property
    def state(self) -> Path:
        """The daemon's own folder."""
        return self.folder / "state"

    @property
    def log(self) -> str:
        """What the daemon wrote beside its journal."""
        return (self.folder / "daemon.log").read_text()

    def start_journal(self) -> None:
        """A journal that the daemon writes to."""
        self._journal.bind(str(self.folder / "journal"))
        self._journal.setblocking(False)

    @property
    def entries(self) -> list[dict[str, str]]:
        """What the journal was told so far, field by field."""
        with contextlib.suppress(BlockingIOError):
            while True:
                lines = self._journal.recv(65536).decode().splitlines()
                self._entries.append(dict(line.split("=", 1) for line in lines))
        return self._entries

    def verdicts(self, verdict: str) -> list[dict[str, str]]:
        """Entries of decisions that came out like this."""
        return [one for one in self.entries if one.get("FACELATCH_VERDICT") == verdict]

    def start_bus(self) -> None:
        """The bus."""
        self._leave()
        config = self.folder / "bus.conf"
        config.write_text(_BUS_CONFIG.strip().format(address=self.address))
        self._run(["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"])
        eventually(self._bus_answers, "a bus")

    def _bus_answers(self) -> bool:
        try:
            with self.client():
                return True
        except NoDaemonError:
            return False

    def start_mocks(self) -> None:
        """logind and polkit."""
        for name in _MOCKS:
            self.start_mock(name)

    def start_mock(self, name: str) -> None:
        """One of them; again after it was stopped, as new."""
        python = mock_python()
        environment = {
            **os.environ,
            "DBUS_SYSTEM_BUS_ADDRESS": self.address,
            "DBUS_SESSION_BUS_ADDRESS": self.address,
        }
        bus_name, template = _MOCKS[name]
        command = ["dbusmock", "--system", "--template", template]
        log = self.folder / "others.log"
        self._mocks[name] = self.start(command, environment, log, python=python)
        self.processes.append(self._mocks[name])
        with self.client() as client:
            eventually(lambda: has_owner(client, bus_name), f"the mock of {name}")

    def stop_mock(self, name: str) -> None:
        """It dies."""
        process = self._mocks.pop(name)
        process.kill()
        process.wait()

    @property
    def camera(self) -> Path:
        """What the staged camera does, in a word: see `tests.bus.staged`."""
        return self.folder / "camera"

    def start_daemon(self, *, wait: bool = True, environ: Mapping[str, str] = _NOTHING) -> None:
        """The real daemon, as systemd would start it; `environ` is added to its environment."""
        environment = {
            **os.environ,
            **environ,
            "PYTHONPATH": str(ROOT),
            "FACELATCH_BOOT_ID": "b00b00b0-0000-0000-0000-000000000001",
            "FACELATCH_JOURNAL": str(self.folder / "journal"),
            "PYTHONWARNINGS": "error",
            **self.environment,
        }
        command = [*self.program, "--config", str(self.config), "--bus", self.address]
        command += ["--state", str(self.state), "--unlocker", str(self._unlocker())]
        command += ["--camera", str(self._camera_worker(environ))]
        self.daemon = self.start(command, environment, self.folder / "daemon.log")
        self.processes.append(self.daemon)
        if wait:
            eventually(self._ready, f"a daemon that is ready; it says: {self.log}")

    def _unlocker(self) -> Path:
        """The socket of an unlocker, which is started by whoever connects."""
        return self._activated("unlocker", ["tests.bus.unlocker", self.address, str(self.config)])

    def _camera_worker(self, environ: Mapping[str, str]) -> Path:
        """The socket of a camera worker, staged where the test says what is before the camera."""
        program = (
            ["tests.bus.staged", str(self.camera)] if self.camera.exists() else ["daemon.camera"]
        )
        return self._activated("worker", program, environ)

    def _activated(
        self, name: str, program: Sequence[str], environ: Mapping[str, str] = _NOTHING
    ) -> Path:
        path = self.folder / name
        if name not in self._activations:
            environment = {
                **os.environ,
                **environ,
                "PYTHONPATH": str(ROOT),
                "PYTHONWARNINGS": "error",
                **self.environment,
            }
            # systemd has a socket of its own for each unit.
            for name_of_systemd in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
                environment.pop(name_of_systemd, None)
            self._activations[name] = Activation(
                path,
                program,
                log=self.folder / f"{name}.log",
                environment=environment,
                start=self.start,
            )
        return path

    def helper(self, name: Literal["unlocker", "worker"]) -> Process | None:
        """The process that runs as this one, None where none does."""
        process = self._activations[name].process
        return process if process is not None and process.poll() is None else None

    @property
    def pids(self) -> list[int]:
        """Of the daemon, and of what was started for it."""
        helpers = (one.process for one in self._activations.values())
        running = [self.daemon, *helpers]
        return [one.pid for one in running if one is not None and one.poll() is None]

    def _ready(self) -> bool:
        assert self.daemon is not None
        assert self.daemon.poll() is None, self.log
        with self._asking:
            return has_owner(self._teller(), BUS_NAME)

    def stop_daemon(self, number: int = signal.SIGTERM) -> int:
        """Its exit code."""
        assert self.daemon is not None
        self.daemon.send_signal(number)
        code = self.daemon.wait(PATIENCE)
        self.daemon = None
        return code

    def close(self) -> None:
        """Ends everything."""
        self._leave()
        for activation in self._activations.values():
            activation.close()
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        self._journal.close()

    def client(self) -> Client:
        """A client of the daemon, of our own user."""
        return Client(self.address)

    def logind(self, member: str, signature: str = "", *body: Any, path: str = MANAGER) -> Any:
        """Tells the mock of logind."""
        return self.tell(LOGIND, path, MOCK, member, signature, *body)

    def polkit(self, member: str, signature: str = "", *body: Any) -> Any:
        """Tells the mock of polkit."""
        return self.tell(POLKIT, AUTHORITY, MOCK, member, signature, *body)

    def tell(
        self, name: str, path: str, interface: str, member: str, signature: str, *body: Any
    ) -> Any:
        """Calls a method and waits for its reply."""
        with self._asking:
            return self._teller().call(name, path, interface, member, signature, *body)

    def _teller(self) -> Peer:
        if self._peer is None:
            self._peer = Peer(self.address)
        return self._peer

    def _leave(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            peer.close()

    def _run(
        self, command: list[str], environment: dict[str, str] | None = None
    ) -> "subprocess.Popen[bytes]":
        with (self.folder / "others.log").open("ab") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        self.processes.append(process)
        return process


@dataclass
class Home:
    """What a test arranges: who is enrolled and logged in, what the camera shows."""

    world: World
    settings: dict[str, dict[str, str]] = field(
        default_factory=lambda: {
            "camera": {
                "source": '"demo:owner"',
                # Every third frame of the demo's, which is enough for all that is asked of it.
                "full_rate": "10.0",
                "retry_seconds": "0.2",
                # A busy computer is slow at frames, and needs longer to see enough of somebody.
                "frame_seconds": "60.0",
            },
            "recognition": {"embedder": '"resnet"'},
            "unlock": {"absence_seconds": "0.5"},
            "schedule": {"idle_rate": "5", "untold_seconds": "600.0"},  # slow to begin
            "requests": {"attempt_seconds": "60.0"},
        }
    )

    def enrol(self, appearance: Appearance, username: str = ME) -> None:
        """Stores an appearance as the daemon would find it."""
        self.world.state.mkdir(mode=0o700, exist_ok=True)
        store = TemplateStore(self.world.state / "templates", account=login_account)
        store.add_appearance(username, appearance)

    def configure(self, section: str, **values: str) -> None:
        """Changes settings, each in TOML's words."""
        self.settings.setdefault(section, {}).update(values)

    def write(self) -> None:
        """Writes the configuration."""
        sections = (
            f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
            for name, values in self.settings.items()
        )
        self.world.config.write_text("\n".join(sections))
        self.world.config.chmod(0o600)

    def start(self, environ: Mapping[str, str] = _NOTHING) -> World:
        """Starts the daemon."""
        self.write()
        self.world.start_daemon(environ=environ)
        return self.world

    def stage(self, word: str) -> None:
        """From now on the staged camera does this; for the daemons that are started after."""
        self.configure("camera", source=f'"{CAMERA}"', frame_seconds="10.0")
        # What it shows are flat portraits, and no file has the demo's name.
        self.configure("liveness", enabled="false")
        # Renamed into place: whoever reads sees one word or the other.
        part = self.world.camera.with_suffix(".part")
        part.write_text(word)
        part.rename(self.world.camera)

    def plug(self, *cameras: Mapping[str, Any]) -> None:
        """From now on `auto` finds these cameras and no others: see `tests.bus.staged`."""
        self.stage("owner")
        self.configure("camera", source='"auto"')
        part = self.world.folder / "cameras.part"
        part.write_text(json.dumps(list(cameras)))
        part.rename(self.world.camera.with_name("cameras.json"))

    def log_in(self, session: str, *, uid: int = UID, username: str = ME) -> None:
        """A session on the screen, whose user runs all processes."""
        world = self.world
        world.logind("AddSession", "ssusb", session, "seat0", uid, username, True)
        world.logind("SetSessionOfProcesses", "s", session)

    def set_session(self, session: str, **values: Variant) -> None:
        """Changes properties of a session, and tells."""
        path = f"{MANAGER}/session/{session}"
        interface = LOGIND + ".Session"
        self.world.logind("UpdateProperties", "sa{sv}", interface, values, path=path)

    def lock(self, session: str, *, idle: bool = True) -> None:
        """Locks a session: by itself, since nobody touched anything, or by hand."""
        self.set_session(session, IdleHint=Variant("b", idle))
        self.set_session(session, LockedHint=Variant("b", True))

    def unlocked(self, session: str) -> None:
        """Its lock screen says that it is gone."""
        self.set_session(session, LockedHint=Variant("b", False))

    def unlocks(self) -> int:
        """How often the daemon asked logind to unlock something."""
        calls = self.world.logind("GetCalls")
        return sum(call[1] == "UnlockSession" for call in calls)

    def sleep(self, *, asleep: bool) -> None:
        """logind says that the machine goes to sleep, or woke up."""
        told = ("PrepareForSleep", "b", [Variant("b", asleep)])
        self.world.logind("EmitSignal", "sssav", LOGIND + ".Manager", *told)


def has_owner(client: Client, name: str) -> bool:
    """Whether somebody on the client's bus has this name."""
    return bool(client._run(client._bus.owner(name)))


__all__ = ["ME", "PATIENCE", "NoDaemonError", "World", "eventually", "has_owner"]

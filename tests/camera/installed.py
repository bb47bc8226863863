"""The installed service in the machine with cameras: setting it up, asking it, hearing of it."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from shlex import join, quote
from typing import Any

from daemon import api
from tests.camera.machine import CameraMachine
from tests.machine.machine import MachineError
from tests.slow_daemon import LONGEST_ATTEMPT_SECONDS
from tests.waiting import within

_LOGIN = "org.freedesktop.login1"
USER = "tester"
CONSOLE = "8"
PATIENCE = 640.0
"""Seconds for what takes one on a machine that is not emulated: two attempts."""
SETUP_SECONDS = 1800.0
"""Two or three minutes on a host that does nothing else."""
_PYTHON = "/opt/facelatch/venv/bin/python -I"
_ASK = f"FACELATCH_ASK_SECONDS={PATIENCE:g} {_PYTHON} /mnt/share/checkout/tests/machine/ask.py"
EMBEDDER = "resnet"
"""The quickest one: a followed face takes the emulated processor 2 seconds a frame, a whole search
six, and the embedder that `auto` takes as much again. In one thread: a second only waits, busy."""
# Signs of life are read from how things move between frames, which here are seconds apart.
_CONFIGURATION = """\
[camera]
source = "{source}"
infrared = "{infrared}"
retry_seconds = 1.0
full_rate = 5.0
[recognition]
embedder = "{embedder}"
min_face = 90
threads = 1
security = "convenient"
[unlock]
absence_seconds = 1.0
[requests]
attempt_seconds = {attempt_seconds}
[schedule]
dark_screen = true
[liveness]
enabled = false
[attempts]
before_pause = 20
before_password = 100
"""


# QEMU's emulation of AVX2 (7.2) reads gathered floats from the wrong place, and NumPy dies of it.
_PATIENT = """\
[Service]
TimeoutStartSec=600
WatchdogSec=0
Environment=NPY_DISABLE_CPU_FEATURES=X86_V3
"""
_EMULATED = f"""\
{_PATIENT}\
ExecStart=
ExecStart=/opt/facelatch/venv/bin/python -I /mnt/share/checkout/tests/slow_daemon.py
"""
_UNITS = "/etc/systemd/system"
_BETWEEN = 3.0


def wait_for(condition: Callable[[], bool], otherwise: str) -> None:
    """Waits until `condition` holds, asking seldom: each question costs the machine seconds."""
    if not within(PATIENCE, condition, between=_BETWEEN):
        raise MachineError(f"{otherwise} within {PATIENCE:g} s")


class Installed:
    """Facelatch in the machine, with its user enrolled and at the console."""

    def __init__(self, machine: CameraMachine) -> None:
        self.machine = machine
        environment = "PYTHONPATH=/mnt/share/checkout PYTHONDONTWRITEBYTECODE=1"
        cache = "FACELATCH_CACHE=/mnt/share/cache"
        command = f"/opt/venv/bin/python -m daemon setup --embedder {EMBEDDER}"
        setup = f"cd / && {environment} {cache} {command}"
        # Before setup starts them: an emulated processor loads networks for longer than they may.
        for unit in ("facelatch", "facelatch-camera", "facelatch-unlocker"):
            settings = _EMULATED if unit == "facelatch" else _PATIENT
            (machine.share / "emulated.conf").write_text(settings)
            folder = f"{_UNITS}/{unit}.service.d"
            machine.call(f"mkdir -p {folder}; cp /mnt/share/emulated.conf {folder}/")
        machine.call(setup, seconds=SETUP_SECONDS)
        machine.call("cp -r /mnt/share/pictures /srv/pictures")
        self.session = self.log_in()
        self.configure(source="/srv/pictures")
        result = self.ask(
            "StartEnrol", "ssa{sv}", USER, "plain", {"seconds": 300.0}, heard="EnrolFinished"
        )
        assert result[1] == "enrolled", result
        self.configure()

    def log_in(self) -> str:
        """A graphical session on a console of seat0, brought to the screen; its id.

        The machine's own command makes one of text, and only graphical ones say that they are idle.
        """
        kind = "XDG_SESSION_TYPE=x11 XDG_SESSION_CLASS=user XDG_SEAT=seat0"
        self.machine.call(
            "systemd-run",
            "--quiet",
            "--unit=graphical",
            "--property=PAMName=login",
            f"--property=User={USER}",
            f"--property=TTYPath=/dev/tty{CONSOLE}",
            "--property=StandardInput=tty",
            "--property=StandardOutput=tty",
            f"--property=Environment={kind} XDG_VTNR={CONSOLE}",
            "sleep",
            "infinity",
        )
        found = f"loginctl list-sessions --no-legend | awk '$3 == \"{USER}\" {{ print $1 }}'"
        wait_for(lambda: bool(self.machine.out(found)), "no session comes up")
        self.machine.call("session", "front", CONSOLE)
        return self.machine.out(found)

    def configure(self, *, source: str = "auto", infrared: str = "prefer") -> None:
        """Another configuration, read at once."""
        text = _CONFIGURATION.format(
            source=source,
            infrared=infrared,
            embedder=EMBEDDER,
            attempt_seconds=LONGEST_ATTEMPT_SECONDS,
        )
        (self.machine.share / "config.toml").write_text(text)
        self.machine.call("cp /mnt/share/config.toml /etc/facelatch/config.toml")
        self._call("Reload")

    def ask(self, member: str, signature: str, *body: object, heard: str) -> list[Any]:
        """Calls a method as root; the values of the signal `heard`."""
        values: list[Any] = json.loads(self.machine.out(_line(member, signature, body, heard)))
        return values

    def status(self) -> dict[str, Any]:
        """What the service says of itself."""
        values: dict[str, Any] = json.loads(self._call("Status"))["data"][0]
        return {key: value["data"] for key, value in values.items()}

    def _call(self, member: str) -> str:
        """Calls a method as root: not by Python, which here takes ten seconds to start."""
        words = ("--json=short", "call", api.BUS_NAME, api.OBJECT_PATH, api.INTERFACE_NAME)
        return self.machine.out("busctl", *words, member)

    @contextmanager
    def looking(self) -> Iterator["Attempt"]:
        """An attempt at the user that has the camera open; to be ended by what happens to it.

        Only before an empty chair it lasts: the owner may be known before anybody asks.
        """
        self.play("empty")
        body = (USER, {"seconds": LONGEST_ATTEMPT_SECONDS})
        line = _line("StartVerify", "sa{sv}", body, "VerifyFinished")
        process = self.machine.start(self._in_session(line))
        seen: dict[str, Any] = {}

        def opened() -> bool:
            seen.update(self.status())
            ended = process.poll()
            assert ended is None or seen["camera-on"], f"the attempt ended first: {ended}"
            return bool(seen["camera-on"])

        try:
            wait_for(opened, "the camera does not open")
            yield Attempt(process, seen)
        finally:
            process.kill()
            process.communicate()  # closes its pipe, too

    def play(self, who: str) -> None:
        """What the USB cameras show from now on; plugged in anew."""
        self.machine.call(f"cameras unplug; cameras clip /mnt/share/{who}.avi && cameras plug")

    def lock(self) -> None:
        """Locks as a desktop does that was left alone."""
        self._set("SetIdleHint", value=True)
        self.machine.call("loginctl", "lock-session", self.session)
        self._set("SetLockedHint", value=True)

    def unlock(self) -> None:
        """Unlocks as the password does."""
        self.machine.call("loginctl", "unlock-session", self.session)
        self._set("SetLockedHint", value=False)

    def _set(self, member: str, *, value: bool) -> None:
        path = "/org/freedesktop/login1", f"{_LOGIN}.Manager", "GetSession"
        line = self.machine.out("busctl", "call", _LOGIN, *path, "s", self.session)
        session = (line.split('"')[1], f"{_LOGIN}.Session")
        self.machine.call("busctl", "call", _LOGIN, *session, member, "b", str(value).lower())

    def _in_session(self, line: str) -> str:
        """A line of the shell, run by the user at the console: who asks for a face sits there."""
        folder = f"/sys/fs/cgroup/user.slice/user-$(id -u {USER}).slice"
        scope = f"{folder}/session-{self.session}.scope"
        as_user = f"setpriv --reuid={USER} --regid={USER} --init-groups"
        return f"echo $$ >{scope}/cgroup.procs && exec {as_user} sh -c {quote(line)}"

    def property(self, name: str, unit: str = "facelatch") -> str:
        """One of systemd's facts about a unit."""
        return self.machine.out("systemctl", "show", "--value", f"--property={name}", unit)

    def journal(self, verdict: str) -> list[dict[str, str]]:
        """The service's entries with this verdict."""
        self.machine.call("journalctl", "--sync")
        lines = self.machine.out(
            "journalctl",
            "--output=json",
            "--no-pager",
            "SYSLOG_IDENTIFIER=facelatch",
            f"FACELATCH_VERDICT={verdict}",
        )
        return [json.loads(line) for line in lines.splitlines()]

    @contextmanager
    def hearing(self) -> Iterator[Callable[[], str]]:
        """Hears the signals of sessions from here on; what is given returns them as text."""
        match = f"type='signal',sender='{_LOGIN}',interface='{_LOGIN}.Session'"
        monitor = f'busctl monitor --json=short --match="{match}"'
        self.machine.call(f"systemd-run --quiet --collect --unit=ear {monitor}")
        log = "journalctl --output=cat --unit=ear"
        try:
            wait_for(lambda: "onitoring" in self.machine.out(log), "the bus is not monitored")
            yield lambda: self.machine.out(log)
        finally:
            self.machine.call("systemctl stop ear")

    def count(self, verdict: str) -> "Count":
        """Counts the entries with this verdict that come from here on."""
        return Count(self, verdict, len(self.journal(verdict)))


class Attempt:
    """An attempt that runs."""

    def __init__(self, process: "subprocess.Popen[str]", status: dict[str, Any]) -> None:
        self._process = process
        self.status = status
        """What the service said of itself when the camera was open."""

    def result(self) -> tuple[str, str]:
        """Its verdict and reason; raises subprocess.TimeoutExpired where it does not end."""
        said, _ = self._process.communicate(timeout=PATIENCE)
        _, verdict, reason, *_ = json.loads(said)
        return verdict, reason


class Count:
    """Entries of the journal since the start."""

    def __init__(self, service: Installed, verdict: str, before: int) -> None:
        self._service = service
        self._verdict = verdict
        self._before = before

    @property
    def new(self) -> list[dict[str, str]]:
        """Those that came since."""
        return self._service.journal(self._verdict)[self._before :]

    def wait(self) -> dict[str, str]:
        """The first that comes."""
        wait_for(lambda: bool(self.new), f"no entry says {self._verdict}")
        return self.new[0]


def _line(member: str, signature: str, body: object, heard: str) -> str:
    words = [member, signature, json.dumps(body), *([heard] if heard else [])]
    return f"{_ASK} {join(words)}"

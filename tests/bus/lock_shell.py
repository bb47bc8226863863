"""A stand-in for lock screens that talk to PAM themselves (Quickshell, hyprlock, gtklock).

Three conversations side by side, each in a process of its own: for the password, for a finger that
nobody lays on, and for the face, which is begun at the lock and at each sign of life, and ended
when the screen goes dark. Whichever says yes first opens; the others are killed, as a shell ends a
child that it waits for no more.
"""

import subprocess
import sys
from pathlib import Path
from typing import Literal

from daemon.clients.dbus_client import Client
from daemon.install.pam_text import Steps
from tests.bus.world import ME, PATIENCE, Home, eventually
from tests.data import ROOT

RIGHT = "correct horse"
SECONDS = 60.0
"""The configured pam.seconds: more than anything here takes."""
_AT_ONCE = 30.0
"""What is not over by then lasts until something else ends it."""
Service = Literal["face", "password", "finger"]
# The helper's own program, but for the bus.
_HELPER = """\
#!/bin/sh
case $1 in typed) exec {python} -IS -c '
import sys; sys.path.append("{root}")
from daemon.clients.pam.program import main
sys.exit(main(["typed"]))' ;; esac
exec {python} -IS -c '
import os, sys; sys.path.append("{root}")
from daemon.clients.pam import asking, program
asking.end_within({seconds})
codes = "{codes}" in sys.argv
yes = asking.recognised(os.environb, {seconds}, program.say, b"\\0{bus}", codes=codes)
sys.exit(0 if yes else 1)' "$@"
"""
_CHECKER = '#!/bin/sh\n[ "$(tr -d "\\0")" = "{right}" ]\n'


class Conversation:
    """One that runs, or did."""

    def __init__(self, folder: Path, service: Service) -> None:
        self._output = folder / f"{service}.said"
        command = [sys.executable, "-m", "tests.bus.conversation", str(folder / "pam.d")]
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, service, ME], cwd=ROOT, stdin=subprocess.PIPE, stdout=output
            )

    @property
    def said(self) -> list[str]:
        """Its lines so far."""
        return self._output.read_text().splitlines()

    @property
    def runs(self) -> bool:
        """Whether it has no end yet."""
        return self.process.poll() is None

    def type(self, line: str) -> None:
        """Where it asks."""
        eventually(lambda: "asks" in self.said, "a prompt")
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def ended(self) -> bool:
        """Waits for its end; whether it said yes."""
        return self.process.wait(PATIENCE) == 0

    def kill(self) -> None:
        """As a shell does; what PAM runs meanwhile is nobody's child then."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()


class LockShell:
    """The lock screen of session 1, before the staged camera. `opened` says by what it was."""

    def __init__(self, home: Home, client: Client, folder: Path) -> None:
        self._home = home
        self._client = client
        self._folder = folder
        self._make_services()
        self._person = "empty"
        self._running: dict[Service, Conversation] = {}
        self.opened: list[Service] = []

    def _make_services(self) -> None:
        helper, password = self._folder / "facelatch-pam", self._folder / "password"
        bus = f"{self._home.world.folder}/bus"
        words = {"python": sys.executable, "root": ROOT, "seconds": SECONDS, "codes": "codes"}
        helper.write_text(_HELPER.format(bus=bus, **words))
        password.write_text(_CHECKER.format(right=RIGHT))
        account = self._folder / "facelatch-pam-account"
        account.write_text("#!/bin/sh\n")
        for program in (helper, password, account):
            program.chmod(0o755)
        steps = Steps(str(helper), SECONDS)
        asks = f"auth requisite pam_exec.so quiet expose_authtok {password}\n"
        allows = "auth required pam_permit.so\naccount required pam_permit.so\n"
        services = self._folder / "pam.d"
        services.mkdir()
        (services / "face").write_bytes(steps.alone)
        (services / "password").write_text(steps.auth.decode() + asks + allows)
        (services / "finger").write_text(asks + allows)

    def lock(self) -> None:
        """Nobody has touched anything for long, and nobody is there."""
        self._stage("empty")
        self._home.lock("1")
        # As PAM's account phase says after a password.
        self._client.call("PasswordUsed", ME)
        self._report(on=True)
        self._begin("password")
        self._begin("finger")
        self._look()

    @property
    def helpers(self) -> list[int]:
        """Processes that PAM runs for our conversations."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                # The helper's launcher and what it becomes name the bus.
                text = (place / "cmdline").read_bytes()
            except OSError:
                continue
            if f"{self._home.world.folder}/bus".encode() in text and b"recognised" in text:
                found.append(int(place.name))
        return found

    @property
    def looks(self) -> bool:
        """Whether the conversation for the face runs."""
        return "face" in self._running and self._running["face"].runs

    def blank(self) -> None:
        """The screen goes dark, and nobody could see what is shown there."""
        self._report(on=False)
        self._end("face")
        self._eventually_rests()

    def wake(self) -> None:
        """The screen goes on again."""
        self._report(on=True)
        self._look()

    def key(self) -> None:
        """Somebody touches a key."""
        self._client.call("Wake")
        self.wake()

    def match(self) -> None:
        """The owner sits down."""
        self._stage("owner")
        self._settle()

    def no_match(self) -> None:
        """A stranger does."""
        self._stage("stranger")
        self._settle()

    def suspend(self) -> None:
        """The machine sleeps, and wakes up in the dark."""
        self._home.sleep(asleep=True)
        self._eventually_rests()
        if "face" in self._running:
            assert not self._running["face"].ended()
            assert "asleep: the machine is going to sleep" in self._running["face"].said
        self._end("face")
        self._report(on=False)
        self._home.sleep(asleep=False)
        awake = "a machine that is awake"
        eventually(lambda: self._client.call("Status")["state"] != "asleep", awake)

    def type(self, line: str) -> bool:
        """At the password's prompt; whether that opens."""
        self._running["password"].type(line)
        return self._yes("password")

    def _yes(self, service: Service) -> bool:
        if not self._running[service].ended():
            self._end(service)
            return False
        self.opened.append(service)
        for other in list(self._running):
            self._end(other)
        self._home.unlocked("1")
        return True

    def _look(self) -> None:
        if self.opened or self.looks:
            return
        self._begin("face")
        face = self._running["face"]
        eventually(lambda: face.said, "a line of the face's conversation")
        self._settle()

    def _settle(self) -> None:
        """Waits for what comes of who is there."""
        if self.opened or "face" not in self._running or self._person == "empty":
            return
        face = self._running["face"]
        if not self._yes("face"):
            assert "not-recognised: not recognised" in face.said, face.said

    def _begin(self, service: Service) -> None:
        self._running[service] = Conversation(self._folder, service)

    def _end(self, service: Service) -> None:
        conversation = self._running.pop(service, None)
        if conversation is not None:
            conversation.kill()

    def _report(self, *, on: bool) -> None:
        self._client.call("ReportDisplays", on)

    def _stage(self, who: str) -> None:
        self._person = who
        part = self._home.world.camera.with_suffix(".part")
        part.write_text(who)
        part.rename(self._home.world.camera)

    def _eventually_rests(self) -> None:
        off = "a closed camera"
        eventually(lambda: not self._client.call("Status")["camera-on"], off, seconds=_AT_ONCE)

    def left_behind(self) -> list[int]:
        """Waits until nothing goes on; the helpers that do."""
        self._eventually_rests()
        eventually(lambda: not self.helpers, "the end of the helpers", seconds=_AT_ONCE)
        eventually(lambda: not self._client.call("Status")["requests"], "no request")
        return self.helpers

    def close(self) -> None:
        """Ends whatever runs."""
        for service in list(self._running):
            self._end(service)

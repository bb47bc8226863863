"""Somebody's session of a real desktop: beginning it, locking it, and whether it is locked."""

from tests.machine.desktops.desktops import Desktop, ScreenSaver
from tests.machine.machine import MachineError, wait_for
from tests.machine.service import Service

START_SECONDS = 90.0
LOCK_SECONDS = 20.0
USER = "ada"


class Seat:
    """Ada's session of `desktop` at the machine's seat."""

    def __init__(self, service: Service, desktop: Desktop) -> None:
        self.service = service
        self.machine = service.machine
        self.desktop = desktop
        self.session = ""

    def sit_down(self) -> None:
        """Begins the session; returns once its screen can be locked."""
        folder = self.machine.root / "srv"
        for name, text in self.desktop.files:
            (folder / name).write_text(text)
        program = folder / "desktop"
        program.write_text(f"#!/bin/sh\n{self.desktop.script}")
        program.chmod(0o755)
        environment = ("XDG_SESSION_CLASS=user", "XDG_SEAT=seat0")
        kind = f"XDG_SESSION_TYPE={self.desktop.kind}"
        self.session = self.machine.log_in(USER, kind, *environment, command=["/srv/desktop"])
        wait_for(self._is_up, START_SECONDS, f"{self.desktop.name} does not come up")

    @property
    def is_locked(self) -> bool:
        """Whether the lock screen is there."""
        found = self.desktop.lock_screen
        if isinstance(found, ScreenSaver):
            return self._ask(found, "GetActive") == "b true"
        return self._runs(found.program)

    @property
    def hint(self) -> bool:
        """What logind was told."""
        shown = ("loginctl", "show-session", "--property=LockedHint", "--value", self.session)
        return self.machine.out(*shown) == "yes"

    def leave(self) -> None:
        """Nobody is there, until the desktop locks."""
        if isinstance(self.desktop.lock_screen, ScreenSaver):
            self.service.idle(self.session, idle=True)
            self.lock()
        # swayidle has a clock of its own.
        wait_for(lambda: self.is_locked, LOCK_SECONDS, "no lock screen comes up")

    def lock(self) -> None:
        """Locks as the desktop's own key, and its own clock, do: logind only hears of it."""
        assert isinstance(self.desktop.lock_screen, ScreenSaver)
        self._ask(self.desktop.lock_screen, "Lock")

    def entries(self, verdict: str) -> int:
        """How many entries of the journal have this verdict."""
        return len(self.service.journal(f"FACELATCH_VERDICT={verdict}"))

    def _is_up(self) -> bool:
        if self.session not in self.machine.sessions():
            log = ("journalctl", "--boot", "--no-pager", "--output=cat", "--lines=20")
            said = self.machine.out(*log, f"_UID={self.machine.out('id', '-u', USER)}")
            raise MachineError(f"{self.desktop.name} ended:\n{said}")
        found = self.desktop.lock_screen
        if isinstance(found, ScreenSaver):
            return self._ask(found, "GetActive") == "b false"
        return self._runs("swayidle")

    def _ask(self, found: ScreenSaver, member: str) -> str:
        number = self.machine.out("id", "-u", USER)
        address = f"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{number}/bus"
        call = ("busctl", "--user", "call", found.name, found.path, found.name, member)
        return self.machine.call("env", address, *call, user=USER, check=False).stdout.strip()

    def _runs(self, program: str) -> bool:
        return self.machine.call("pgrep", "--exact", program, check=False).returncode == 0

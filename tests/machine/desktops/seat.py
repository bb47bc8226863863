"""Somebody's session of a real desktop: beginning it, locking it, and whether it is locked."""

import json
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from models.types import Image
from tests.machine.desktops.desktops import Desktop, ScreenSaver
from tests.machine.machine import MachineError, wait_for
from tests.machine.service import ENVIRONMENT, Service

START_SECONDS = 90.0
LOCK_SECONDS = 60.0
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
        programs = {"desktop": f"#!/bin/sh\n{self.desktop.script}", **dict(self.desktop.files)}
        for name, text in programs.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
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
        found = self.desktop.lock_screen
        self._ask(found, *found.lock)

    def entries(self, verdict: str) -> int:
        """How many entries of the journal have this verdict."""
        return len(self.service.journal(f"FACELATCH_VERDICT={verdict}"))

    def _is_up(self) -> bool:
        if self.session not in self.machine.sessions():
            log = ("journalctl", "--boot", "--no-pager", "--output=cat", "--lines=20")
            said = self.machine.out(*log, f"_UID={self._number}")
            raise MachineError(f"{self.desktop.name} ended:\n{said}")
        found = self.desktop.lock_screen
        if isinstance(found, ScreenSaver):
            return self._ask(found, "GetActive") == "b false"
        return self._runs("swayidle")

    def start_agent(self) -> None:
        """Starts the agent; returns once the desktop's tray has its icon."""
        watcher = "org.kde.StatusNotifierWatcher"
        items = ("get-property", watcher, "/StatusNotifierWatcher", watcher)

        def told(name: str) -> str:
            return self._busctl(*items, name)

        wait_for(lambda: told("IsStatusNotifierHostRegistered") == "b true", 60, "there is no tray")
        run = ("systemd-run", "--quiet", "--collect", f"--uid={USER}", "--unit=agent")
        command = (f"{ENVIRONMENT}/bin/facelatch", "agent")
        self.machine.call(*run, *(f"--setenv={one}" for one in self._environment), *command)
        wait_for(lambda: "facelatch" in told("RegisteredStatusNotifierItems"), 60, "no icon comes")

    def end_agent(self) -> None:
        """Ends it."""
        self.machine.call("systemctl", "stop", "agent", check=False)

    def run(self, *command: str) -> str:
        """What a program of the session says."""
        return self.machine.call("env", *self._environment, *command, user=USER).stdout.strip()

    def start(self, unit: str, *command: str) -> None:
        """Starts a program where its user's manager has its own: in no session of logind's."""
        run = ("systemd-run", "--quiet", "--collect", f"--uid={USER}", f"--unit={unit}")
        place = f"--slice=user-{self._number}.slice"
        environment = (f"--setenv={one}" for one in self._environment)
        self.machine.call(*run, place, *environment, *command)

    def has_on_bus(self, name: str) -> bool:
        """Whether somebody owns `name` on the session's bus."""
        return bool(self._busctl("status", name))

    def picture(self) -> Image:
        """The screen."""
        home = self.machine.root / "home" / USER
        if self.desktop.name == "gnome":
            name = "org.gnome.Shell.Screenshot"
            call = (name, "/org/gnome/Shell/Screenshot", name, "Screenshot", "bbs")
            assert "true" in self._busctl("call", *call, "false", "false", f"/home/{USER}/shot.png")
            found = cv2.imread(str(home / "shot.png"))
            assert found is not None
            return found.astype(np.uint8)
        program = self.machine.root / "srv/kwin_shot.py"
        program.write_text((Path(__file__).parent / "kwin_shot.py").read_text())
        python = (f"{ENVIRONMENT}/bin/python", "-I", "/srv/kwin_shot.py")
        shot = f"/home/{USER}/shot.raw"
        said = self.machine.call("env", *self._environment, *python, shot, user=USER).stdout
        height, stride = json.loads(said)
        pixels = np.frombuffer((home / "shot.raw").read_bytes(), np.uint8)
        return pixels.reshape(height, stride // 4, 4)[:, :, :3].copy()

    def _ask(self, found: ScreenSaver, *member: str) -> str:
        return self._busctl("call", found.name, found.path, found.name, *member)

    def _busctl(self, *words: str) -> str:
        command = ("env", *self._environment, "busctl", "--user", *words)
        return self.machine.call(*command, user=USER, check=False).stdout.strip()

    @cached_property
    def _number(self) -> str:
        return self.machine.out("id", "-u", USER)

    @property
    def _environment(self) -> tuple[str, ...]:
        folder = f"/run/user/{self._number}"
        address = f"DBUS_SESSION_BUS_ADDRESS=unix:path={folder}/bus"
        name = self.desktop.display
        # sway takes the second name of Wayland's.
        wayland = "wayland-1" if self.desktop.name == "sway" else "wayland-0"
        screen = f"DISPLAY={name}" if name else f"WAYLAND_DISPLAY={wayland}"
        return (address, f"XDG_RUNTIME_DIR={folder}", screen)

    def _runs(self, program: str) -> bool:
        return self.machine.call("pgrep", "--exact", program, check=False).returncode == 0

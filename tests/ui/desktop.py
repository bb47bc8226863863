"""A desktop for the tests: a screen, a window manager, a real tray, a session's bus, and hands."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageType

from daemon.clients.agent.tray import WATCHER
from daemon.clients.dbus_client import plain
from tests.bus.peer import Peer
from tests.bus.world import PATIENCE, World, eventually
from tests.data import ROOT
from tests.screenshots import screenshots
from tests.waiting import lasting, within

_PATIENCE = 5.0
"""Seconds until somebody clicks again."""

_OF_GTK = re.compile(r"\n\(.*\): Gdk-CRITICAL \*\*: .*: gdk_window_thaw_toplevel_updates: .*\n")
_PROPERTIES = "org.freedesktop.DBus.Properties"
_ITEMS = "RegisteredStatusNotifierItems"
WIDTH, HEIGHT = 1280, 800
_TINT2 = """
panel_items = :TS
panel_size = 100% {size}
panel_position = bottom center horizontal
rounded = 0
border_width = 0
background_color = {colour} 100
systray_icon_size = {icon}
systray_padding = 4 0 4
systray_background_id = 0
panel_background_id = 1
taskbar_mode = single_desktop
"""
_PLAYER = """#!/bin/sh
# In a loudspeaker's place: keeps what it is given to play.
for file; do :; done
cp "$file" "$HOME/plays/part" && mv "$HOME/plays/part" "$HOME/plays/$(date +%s%N).wav"
"""
DARK, LIGHT = "#20242a", "#f2f2f2"
_XFCE = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=512;y=16"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
  </property>
</channel>
"""
_OPENBOX = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <placement><policy>Smart</policy></placement>
</openbox_config>
"""
_WINDOW = re.compile(
    r'^\s*(0x[0-9a-f]+) (?:"(?P<title>.*)"|\(has no name\)): \((?P<kind>.*)\)\s+'
    r"(?P<width>\d+)x(?P<height>\d+)\+-?\d+\+-?\d+\s+\+(?P<left>-?\d+)\+(?P<top>-?\d+)"
)


_GONE = re.compile(r"Bad ?(Window|Drawable)")
"""A window that was there when its name was asked for, and is no more."""


@dataclass(frozen=True)
class Window:
    """A window on the screen, as the X server has it."""

    number: str
    title: str
    kind: str
    left: int
    top: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        """Where to click."""
        return self.left + self.width // 2, self.top + self.height // 2


@dataclass
class Desktop:
    """The screen and what runs on it; ended with `close`."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self) -> None:
        """Screen, bus and window manager; no tray yet."""
        (self.folder / "run").mkdir(mode=0o700)
        for name in ("bin", "plays"):
            (self.folder / name).mkdir(mode=0o755)
        for player in ("aplay", "pw-play", "paplay"):
            self._write_program(player, _PLAYER)
        for mixer in ("pactl", "wpctl", "amixer"):
            self._write_program(mixer, "#!/bin/sh\nexit 1\n")
        self.environment = {
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "NO_AT_BRIDGE": "1",
            "GTK_THEME": "Adwaita",
        }
        for name in ("FACELATCH_CACHE", "FACELATCH_DATA"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self._start_screen()
        self.start_bus()
        config = self.folder / "openbox.xml"
        config.write_text(_OPENBOX)
        self.run("openbox", "openbox", "--config-file", str(config))

    def _write_program(self, name: str, script: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(script)
        path.chmod(0o755)

    @property
    def plays(self) -> list[Path]:
        """What a loudspeaker would have played so far, oldest first."""
        return sorted((self.folder / "plays").glob("*.wav"))

    def _start_screen(self) -> None:
        reading, writing = os.pipe()
        screen = ["-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp", "-noreset"]
        command = ["Xvfb", "-displayfd", str(writing), *screen]
        with (self.folder / "screen.log").open("ab") as log:
            self.processes["screen"] = subprocess.Popen(
                command, pass_fds=[writing], stdout=log, stderr=log
            )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.environment["DISPLAY"] = f":{pipe.readline().strip()}"

    def start_bus(self) -> None:
        """The session's bus, also where there was one before."""
        (self.folder / "run" / "bus").unlink(missing_ok=True)
        address = f"unix:path={self.folder}/run/bus"
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address
        self.run("bus", "dbus-daemon", "--session", f"--address={address}", "--nofork")
        eventually((self.folder / "run" / "bus").exists, "the session's bus")

    def run(self, name: str, *command: str, **more: str) -> "subprocess.Popen[bytes]":
        """Starts a program of the session."""
        environment = {**self.environment, **more}
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        self.processes[name] = process
        return process

    def log(self, name: str) -> str:
        """What a program wrote, without what GTK now and then remarks of an icon's own window."""
        return _OF_GTK.sub("", (self.folder / f"{name}.log").read_text())

    def end(self, name: str, number: int = signal.SIGTERM) -> int:
        """Ends a program; its exit code."""
        process = self.processes.pop(name)
        process.send_signal(number)
        return process.wait(60)

    def close(self) -> None:
        """Ends everything."""
        for name in reversed(list(self.processes)):
            process = self.processes.pop(name)
            process.kill()
            process.wait()

    def start_tray(self, *, colour: str = DARK, size: int = 24) -> None:
        """A panel with a tray."""
        config = self.folder / "tint2rc"
        text = _TINT2.format(size=size + 8, icon=size, colour=colour)
        # The background that follows the first `rounded` is number 1.
        config.write_text(text)
        self.run("tray", "tint2", "-c", str(config))

    def start_indicator_panel(self) -> None:
        """A panel at the top that shows indicators (StatusNotifierItem), as its only contents."""
        folder = self.folder / "config" / "xfce4" / "xfconf" / "xfce-perchannel-xml"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "xfce4-panel.xml").write_text(_XFCE)
        self.run("indicators", "xfce4-panel", "--disable-wm-check")

    def indicators(self) -> list[str]:
        """What the agent says of itself to panels, for each item that it shows: its title."""
        with Peer(self.environment["DBUS_SESSION_BUS_ADDRESS"]) as peer:
            # A panel that begins or ends may have the name, and nothing by it.
            items = _property(peer, WATCHER, "/StatusNotifierWatcher", WATCHER, _ITEMS) or []
            places = [item.partition("/") for item in items]
            titles = [
                _property(peer, name, f"/{path}", "org.kde.StatusNotifierItem", "Title")
                for name, _, path in places
            ]
            return [str(title) for title in titles if title is not None]

    def indicator(self, line: str) -> None:
        """Waits until there is one indicator, and it says this."""
        wanted = [f"Facelatch: {line}"]
        eventually(lambda: self.indicators() == wanted, f"an indicator that says {line!r}")

    def start_agent(self, world: World, **more: str) -> "subprocess.Popen[bytes]":
        """The agent, following the world's daemon."""
        return self.run("agent", *facelatch("agent"), FACELATCH_BUS=world.address, **more)

    # What is to be seen.

    def windows(self) -> list[Window]:
        """Every window that is there."""
        tree = self.tool("xwininfo", "-root", "-tree")
        found = (_WINDOW.match(line) for line in tree.splitlines())
        return [
            Window(
                one[1],
                one["title"] or "",
                one["kind"],
                *(int(one[part]) for part in ("left", "top", "width", "height")),
            )
            for one in found
            if one
        ]

    def icons(self) -> list[Window]:
        """The agent's icons in the tray: one, but for the moment in which a tray takes it in."""
        return [
            window
            for window in self.windows()
            if window.title.startswith("Facelatch: ") and window.width < 100 and window.top > 0
        ]

    def icon(self, line: str) -> Window:
        """Waits until the one icon says this."""

        def shown() -> Window | None:
            icons = self.icons()
            return icons[0] if [one.title for one in icons] == [f"Facelatch: {line}"] else None

        found: Window = eventually(shown, f"an icon that says {line!r}; there are {self.icons()}")
        return found

    def window(self, title: str, *, seconds: float = PATIENCE) -> Window:
        """Waits for a window whose title begins like this, and until keys go there."""

        def is_it(one: Window) -> bool:
            return one.title.startswith(title) and one.width > 100

        self._until(is_it, f"a window {title!r}", seconds)
        eventually(lambda: self._focused().startswith(title), f"the focus on {title!r}")
        # Once more: the window manager has put it elsewhere before it gave it the focus.
        return self._until(is_it, f"a window {title!r}")

    def _focused(self) -> str:
        """The title of the window that gets the keys."""
        command = ["xdotool", "getactivewindow", "getwindowname"]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def menu(self) -> Window:
        """Waits for an open menu."""
        return self._until(self._is_menu, "an open menu")

    def has_menu(self) -> bool:
        """Whether a menu is open."""
        return any(map(self._is_menu, self.windows()))

    def no_menu(self) -> None:
        """Waits until no menu is open."""
        eventually(lambda: not self.has_menu(), "a closed menu")

    def _is_menu(self, window: Window) -> bool:
        # Of the agent, or of the panel that shows indicators, whose menus have no name.
        if window.width < 100 or window.title.startswith("Facelatch"):
            return False
        kind = self.tool("xprop", "-id", window.number, "_NET_WM_WINDOW_TYPE")
        state = self.tool("xwininfo", "-id", window.number)
        return "_MENU" in kind and "IsViewable" in state

    def _until(
        self, wanted: Callable[[Window], bool], what: str, seconds: float = PATIENCE
    ) -> Window:
        found: Window = eventually(
            lambda: next((one for one in self.windows() if wanted(one)), None),
            what,
            seconds=seconds,
        )
        return found

    # What hands do.

    def click(self, x: int, y: int, *, button: int = 1) -> None:
        """A click, as a mouse makes it."""
        self.tool("xdotool", "mousemove", str(x), str(y), "click", str(button))

    def keys(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            self.tool("xdotool", "key", key)
            lasting(0.03, "a hand is slower than GTK's submenus")

    def open_menu(self, line: str, *, button: int = 1) -> Window:
        """Clicks on the icon that says this, again where the panel just moved it."""
        eventually(lambda: self._clicked(line, button), "an open menu")
        return self.menu()

    def _clicked(self, line: str, button: int) -> bool:
        if not self.has_menu():
            self.click(*self.icon(line).middle, button=button)
        return within(_PATIENCE, self.has_menu)

    def picture(self, name: str, area: tuple[int, int, int, int] | None = None) -> Path:
        """A picture of the screen, or of left, top, width, height of it; kept."""
        path = screenshots() / f"{name}.png"
        crop: list[str] = []
        if area:
            left, top, width, height = area
            crop = ["-crop", f"{width}x{height}+{left}+{top}", "+repage"]
        self.tool("import", "-window", "root", *crop, str(path))
        return path

    def new_picture(self, name: str, *old: Path) -> Path:
        """A picture that differs from the `old` ones, of a screen that no longer changes."""
        before = {path.read_bytes() for path in old}

        def settled() -> Path | None:
            first = self.picture(name).read_bytes()
            lasting(0.3, "what else there is to draw")
            path = self.picture(name)
            same = path.read_bytes() == first
            return path if same and first not in before else None

        return eventually(settled, f"a picture of its own: {name}")

    def panel_picture(self, name: str) -> Path:
        """A picture of the right end of the panel, where the icon is."""
        return self.picture(name, (WIDTH - 160, HEIGHT - 32, 160, 32))

    def tool(self, *command: str) -> str:
        """What a program printed; fails the test where it failed, unless a window has gone."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )
        if done.returncode and not _GONE.search(done.stderr + done.stdout):
            pytest.fail(f"{' '.join(command)}: {done.stderr}")
        return done.stdout


def _property(peer: Peer, name: str, path: str, interface: str, key: str) -> Any:
    """Its value, None where nobody answers with one."""
    body = [interface, key]
    reply = peer.say(Message(name, path, _PROPERTIES, "Get", signature="ss", body=body))
    return plain(reply.body[0]) if reply.message_type is MessageType.METHOD_RETURN else None


def facelatch(*arguments: str) -> list[str]:
    """The command, as the agent's launcher calls it."""
    return [sys.executable, "-P", "-m", "daemon", *arguments]

"""Desktops of Debian that lock their screen, as they run in a session without a graphics card."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

_AGENT = ("gir1.2-ayatanaappindicator3-0.1", "gir1.2-gtk-3.0", "python3-gi")
_BUS = """\
export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
dbus-daemon --session --address=$DBUS_SESSION_BUS_ADDRESS --fork --nopidfile
"""
_SWAY = """\
export WLR_BACKENDS=headless WLR_LIBINPUT_NO_DEVICES=1 WLR_RENDERER=pixman
exec sway --config /srv/sway.conf
"""
# As the README has it, but for minutes that are seconds here.
_SWAY_CONFIGURATION = """\
exec swayidle -w idlehint 3 timeout 4 'loginctl lock-session' lock 'swaylock -f'
"""
# Pictures of the screen are for those who ask; the extension is what draws trays in GNOME.
_GNOME = """\
export XDG_CURRENT_DESKTOP=GNOME
gsettings set org.gnome.shell enabled-extensions "['ubuntu-appindicators@ubuntu.com']"
exec gnome-shell --headless --unsafe-mode --virtual-monitor 1000x700
"""
_KWIN = """\
export KWIN_SCREENSHOT_NO_PERMISSION_CHECKS=1 XDG_CURRENT_DESKTOP=KDE
exec kwin_wayland --virtual --width 1000 --height 700 --xwayland /srv/plasma
"""
_PLASMA = """\
#!/bin/sh
export QT_QPA_PLATFORM=wayland KDE_FULL_SESSION=true KDE_SESSION_VERSION=5
dbus-update-activation-environment WAYLAND_DISPLAY XDG_CURRENT_DESKTOP XDG_RUNTIME_DIR
kded5 &
exec plasmashell --no-respawn
"""
_SCREEN_IN_MEMORY = """\
Xvfb :7 -screen 0 800x600x24 -nolisten tcp &
export DISPLAY=:7
until [ -S /tmp/.X11-unix/X7 ]; do sleep 0.1; done
"""


@dataclass(frozen=True)
class ScreenSaver:
    """What says on the session's bus whether the screen is locked. Its name is its interface."""

    name: str
    path: str
    lock: tuple[str, ...] = ("Lock",)
    """The method that locks, its signature and what it is called with."""


@dataclass(frozen=True)
class Locker:
    """A program that is the lock screen, and ends at SIGUSR1."""

    program: str


@dataclass(frozen=True)
class Desktop:
    """A desktop: its packages, and the script that is its session."""

    name: str
    packages: tuple[str, ...]
    script: str
    lock_screen: ScreenSaver | Locker
    kind: str = "wayland"
    """As logind names it."""
    files: tuple[tuple[str, str], ...] = ()
    """Name in /srv and content."""
    hints: bool = True
    """Whether it tells logind that it is locked (LockedHint)."""
    tray: bool = False
    """Whether it shows the icons of programs."""
    display: str = ""
    """Of its X server; "" for one of Wayland."""

    @property
    def methods(self) -> str:
        """Its line of [unlock.methods], "" where logind's Unlock does."""
        if isinstance(self.lock_screen, Locker):
            return f'"*" = ["signal {self.lock_screen.program}"]\n'
        return ""


DESKTOPS = (
    Desktop(
        "gnome",
        # GNOME's shell locks only where GDM runs; gjs is what answers for its screen saver.
        (
            "gnome-shell",
            "gdm3",
            "gjs",
            "accountsservice",
            "gnome-shell-extension-appindicator",
            *_AGENT,
        ),
        f"{_BUS}{_GNOME}",
        ScreenSaver("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
        tray=True,
    ),
    Desktop(
        "plasma",
        # PowerDevil is who knows of inhibitors there, and runs only beside UPower.
        (
            "kwin-wayland",
            "plasma-desktop",
            "kded5",
            "powerdevil",
            "qtwayland5",
            "libcap2-bin",
            "upower",
            *_AGENT,
        ),
        f"{_BUS}{_KWIN}",
        ScreenSaver("org.freedesktop.ScreenSaver", "/ScreenSaver"),
        files=(("plasma", _PLASMA),),
        tray=True,
    ),
    Desktop(
        "sway",
        ("sway", "swayidle", "swaylock", "procps"),
        _SWAY,
        Locker("swaylock"),
        hints=False,
        files=(("sway.conf", _SWAY_CONFIGURATION),),
    ),
    Desktop(
        "mate",
        ("mate-screensaver", "xvfb"),
        f"{_BUS}{_SCREEN_IN_MEMORY}exec mate-screensaver --no-daemon\n",
        ScreenSaver("org.mate.ScreenSaver", "/org/mate/ScreenSaver"),
        kind="x11",
        hints=False,
        display=":7",
    ),
)
CINNAMON = Desktop(
    "cinnamon",
    # What its screen saver needs of the rest of Cinnamon, and its package does not say.
    (
        "accountsservice",
        "cinnamon-common",
        "cinnamon-screensaver",
        "gir1.2-caribou-1.0",
        "gir1.2-cvc-1.0",
        "x11-utils",
        "xdotool",
        "xvfb",
    ),
    f"{_BUS}{_SCREEN_IN_MEMORY}exec cinnamon-screensaver --hold\n",
    ScreenSaver("org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver", ("Lock", "s", "away")),
    kind="x11",
    hints=False,
    display=":7",
)
"""On a machine of its own: it is none of DESKTOPS."""


def those(wanted: Callable[[Desktop], bool]) -> pytest.MarkDecorator:
    """A test at the seat of each of these desktops only."""
    chosen = [desktop for desktop in DESKTOPS if wanted(desktop)]
    names = [desktop.name for desktop in chosen]
    return pytest.mark.parametrize("seat", chosen, ids=names, indirect=True)

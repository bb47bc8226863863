"""Desktops of Debian that lock their screen, as they run in a session without a graphics card."""

from dataclasses import dataclass

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
        ("gnome-shell", "gdm3", "gjs", "accountsservice"),
        f"{_BUS}exec gnome-shell --headless --virtual-monitor 800x600\n",
        ScreenSaver("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    ),
    Desktop(
        "plasma",
        ("kwin-wayland", "libkscreenlocker5", "plasma-workspace", "qtwayland5", "libcap2-bin"),
        f"{_BUS}exec kwin_wayland --virtual --width 800 --height 600\n",
        ScreenSaver("org.freedesktop.ScreenSaver", "/ScreenSaver"),
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
    ),
)

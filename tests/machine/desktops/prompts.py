"""Lockers that ask PAM themselves: what starts one again and again, and what is typed at it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.machine.machine import answered, wait_for
from tests.machine.pam_machine import PASSWORD
from tests.machine.service import Service

PATIENCE = 150.0
_ANSWER_SECONDS = 15.0
"""Lockers wait for a while after a no, and after a wrong password that came of lost keys."""
_AGAIN = "while :; do {}; sleep 0.2; done"
_SWAY = f"""\
#!/bin/sh
export WLR_BACKENDS=headless WLR_LIBINPUT_NO_DEVICES=1 WLR_RENDERER=pixman
echo "exec '{_AGAIN.format("swaylock")}'" >/tmp/sway.conf
exec sway --config /tmp/sway.conf
"""
_PLASMA = f"""\
#!/bin/sh
export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
dbus-daemon --session --address=$DBUS_SESSION_BUS_ADDRESS --fork --nopidfile
Xvfb :5 -screen 0 800x600x24 -nolisten tcp &
export DISPLAY=:5 QT_QPA_PLATFORM=xcb QT_QUICK_BACKEND=software
until [ -S /tmp/.X11-unix/X5 ]; do sleep 0.1; done
{_AGAIN.format("/usr/lib/*/libexec/kscreenlocker_greet --testing")}
"""
_SCREEN = """\
#!/bin/sh
Xvfb :5 -screen 0 800x600x24 -nolisten tcp &
export DISPLAY=:5
until [ -S /tmp/.X11-unix/X5 ]; do sleep 0.1; done
"""
_I3LOCK = f"{_SCREEN}{_AGAIN.format('i3lock --nofork')}\n"
_XSCREENSAVER = f"""\
{_SCREEN}
export HOME=/home/ada
echo 'mode: blank' >$HOME/.xscreensaver
xscreensaver --no-splash &
{_AGAIN.format("xscreensaver-command -time | grep -q locked || xscreensaver-command -lock")}
"""


@dataclass(frozen=True)
class Kind:
    """A locker: PAM's name of it, its process, the session that locks again and again, and how
    somebody types there.
    """

    service: str
    process: str
    script: str
    enter: tuple[str, ...]
    password: tuple[str, ...]


_TYPE, _MOVE = ("wtype", "-s", "500", "-d", "30"), ("xdotool", "mousemove", "300", "300")
_WAIT = ("mousemove", "320", "320", "sleep", "2")
_TYPED = ("type", "--args", "1", PASSWORD, "key", "Return")
# The first key brings up the prompt, and is lost.
_WOKEN = ("xdotool", "key", "BackSpace", "sleep", "8")
KINDS = (
    Kind(
        "swaylock", "swaylock", _SWAY, (*_TYPE, "-k", "Return"), (*_TYPE, PASSWORD, "-k", "Return")
    ),
    Kind(
        "kde",
        "kscreenlocker_g",
        _PLASMA,
        (*_MOVE, *_WAIT, "key", "Return"),
        (*_MOVE, *_WAIT, "key", "ctrl+a", "BackSpace", *_TYPED),
    ),
)
PLAIN_KINDS = (
    Kind(
        "i3lock",
        "i3lock",
        _I3LOCK,
        ("xdotool", "key", "Return"),
        ("xdotool", "key", "Escape", *_TYPED),
    ),
    Kind(
        "xscreensaver",
        "xscreensaver-gf",
        _XSCREENSAVER,
        (*_WOKEN, "key", "Return"),
        # Keys in quick succession are lost.
        (*_WOKEN, "type", "--delay", "200", "--args", "1", PASSWORD, "key", "Return"),
    ),
)


class Prompt:
    """A locker in a session of ada's."""

    def __init__(self, service: Service, kind: Kind) -> None:
        self.service = service
        self._machine = service.machine
        self._kind = kind
        place = self._machine.root / "srv/prompt"
        place.write_text(kind.script)
        place.chmod(0o755)
        seated = ("XDG_SESSION_TYPE=wayland", "XDG_SESSION_CLASS=user", "XDG_SEAT=seat0")
        self.session = self._machine.log_in("ada", *seated, command=["/srv/prompt"])

    def locks(self) -> str:
        """Waits until it is up; the number of its process."""
        wait_for(lambda: self.process != "", PATIENCE, "no locker comes up")
        return self.process

    @property
    def process(self) -> str:
        """The number of its process: another one after it was opened, for it locks again."""
        look = ("pgrep", "--oldest", "--exact", self._kind.process)
        return self._machine.call(*look, check=False).stdout.strip()

    def verdicts(self, verdict: str) -> int:
        """How many entries of the journal have it."""
        return len(self.service.journal(f"FACELATCH_VERDICT={verdict}"))

    def enter(self, until: Callable[[], bool]) -> None:
        """Enter alone."""
        self._press(self._kind.enter, until)

    def password(self, until: Callable[[], bool]) -> None:
        """The right one."""
        self._press(self._kind.password, until)

    def _press(self, keys: tuple[str, ...], until: Callable[[], bool]) -> None:
        number = self._machine.out("id", "-u", "ada")
        here = (f"XDG_RUNTIME_DIR=/run/user/{number}", "WAYLAND_DISPLAY=wayland-1", "DISPLAY=:5")

        def press() -> None:
            self._machine.call("env", *here, *keys, user="ada", check=False)

        answered(press, until, seconds=PATIENCE, each=_ANSWER_SECONDS)

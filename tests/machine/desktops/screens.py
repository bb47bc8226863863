"""Display managers whose login screen is in memory: what starts one, and what is typed at it."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.types import Image
from tests.machine.machine import MachineError, answered, wait_for
from tests.machine.service import Service

TERMINALS = tuple(Path(f"/dev/tty{number}") for number in range(9))
"""Virtual terminals, without which logind knows no session that a display manager opens."""
PATIENCE = 150.0
ANSWER_SECONDS = 25.0
"""They wait for a while after a no, and keys that come before somebody listens are lost."""
# In place of a real server: what only that knows is left out. Like that it switches to its
# terminal, for only there a session is on the screen.
_SERVER = """\
#!/bin/sh
auth= display=
while [ $# -gt 0 ]; do
    case $1 in
        -auth) shift; auth="-auth $1" ;;
        -displayfd) shift; display="-displayfd $1" ;;
        vt*) python3 -c "import fcntl; fcntl.ioctl(open('/dev/tty0'), 0x5606, ${1#vt})" ;;
    esac
    shift
done
exec Xvfb $display -screen 0 1000x700x24 -fbdir /srv/screen -nolisten tcp -noreset $auth
"""
_SESSION = "[Desktop Entry]\nType=Application\nName=Nothing\nExec=/srv/nothing\n"
# Where it asks for whom GNOME's greeter shows; of its own confinement a container has no use.
OPEN = """\
[Service]
ProtectSystem=no
PrivateDevices=no
ProtectKernelTunables=no
ProtectKernelModules=no
ProtectControlGroups=no
PrivateNetwork=no
ReadWritePaths=
ReadOnlyPaths=
"""
_GDM = "[daemon]\nWaylandEnable=false\n"
_SDDM = "[General]\nDisplayServer=x11\n[X11]\nServerPath=/usr/bin/Xorg\n[Users]\nMinimumUid=1000\n"
# As udev would say of a graphics card, without which SDDM waits for ever. The device is tty0, the
# first that sysfs has: logind asks for no more than the tag.
_CARD = r"""d /run/udev 0755
f /run/udev/control 0644
d /run/udev/tags 0755
d /run/udev/tags/seat 0755
d /run/udev/tags/master-of-seat 0755
f /run/udev/tags/seat/c4:0 0644
f /run/udev/tags/master-of-seat/c4:0 0644
d /run/udev/data 0755
f /run/udev/data/c4:0 0644 - - - I:1\nG:seat\nG:master-of-seat\nQ:seat\nQ:master-of-seat\nV:1\n
"""
_CHOSEN = "[User]\nSession=nothing\nXSession=nothing\n"


@dataclass(frozen=True)
class Manager:
    """A display manager: its unit, PAM's name of it, its configuration, the program that draws its
    login screen, and what is typed at that before the password.
    """

    unit: str
    service: str
    files: tuple[tuple[str, str], ...]
    greeter: str
    before: tuple[str, ...] = ()


GDM = Manager(
    "gdm",
    "gdm-password",
    (
        ("etc/gdm3/daemon.conf", _GDM),
        ("etc/systemd/system/accounts-daemon.service.d/open.conf", OPEN),
        ("var/lib/AccountsService/users/ada", _CHOSEN),
    ),
    "gnome-shell",
    # Back to the list of users, and the first of them.
    ("key", "Escape", "sleep", "2", "key", "Return", "sleep", "8"),
)
SDDM = Manager(
    "sddm",
    "sddm",
    (("etc/sddm.conf", _SDDM), ("etc/tmpfiles.d/card.conf", _CARD)),
    "sddm-greeter",
    ("key", "ctrl+a", "BackSpace"),
)


_ACTIVATE = 0x5606
"""VT_ACTIVATE of linux/vt.h."""


@contextmanager
def terminals_restored() -> Iterator[None]:
    """The terminal that is on this host's screen is there again afterwards."""
    shown = Path("/sys/class/tty/tty0/active").read_text().strip().removeprefix("tty")
    try:
        yield
    finally:
        with TERMINALS[0].open("rb", buffering=0) as console:
            fcntl.ioctl(console, _ACTIVATE, int(shown))


def without_terminals() -> str:
    """Why there are none here; "" where there are."""
    try:
        os.close(os.open(TERMINALS[0], os.O_RDWR | os.O_NOCTTY))
    except OSError as error:
        return f"this host has no virtual terminals: {error.strerror}"
    return ""


def prepare(root: Path, manager: Manager) -> None:
    """Its screen in memory, and a session that does nothing."""
    programs = {"usr/bin/Xorg": _SERVER, "srv/nothing": "#!/bin/sh\nexec sleep infinity\n"}
    files = {"usr/share/xsessions/nothing.desktop": _SESSION, **dict(manager.files), **programs}
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.write_text(text)
        place.chmod(0o755 if name in programs else 0o644)
    (root / "srv/screen").mkdir()
    (root / "srv/screen").chmod(0o1777)


class LoginScreen:
    """The login screen of `manager`, with ada's name on it."""

    def __init__(self, service: Service, manager: Manager) -> None:
        self.service = service
        self._machine = service.machine
        self._manager = manager

    def show(self, clip: str) -> None:
        """Begins anew, with this before the camera: the first login since the machine came up.

        GDM lets nobody in at the third of one boot in a container, whatever is typed.
        """
        self._machine.reboot()
        self._machine.call("systemctl", "stop", self._manager.unit)
        self.service.film(clip, greeter=True)
        self._machine.call("systemctl", "start", self._manager.unit)
        wait_for(lambda: bool(self._environment()), PATIENCE, "no login screen comes up")

    def enter(self, until: Callable[[], bool]) -> None:
        """Enter alone, until something comes of it."""
        self._answered(("key", "Return"), until)

    def password(self, text: str, until: Callable[[], bool]) -> None:
        """Types it, until something comes of it."""
        self._answered(("type", "--args", "1", text, "key", "Return"), until)

    @property
    def is_in(self) -> bool:
        """Whether ada has a session."""
        return bool(self._sessions())

    def verdicts(self, verdict: str) -> int:
        """How many entries of the journal have it."""
        return len(self.service.journal(f"FACELATCH_VERDICT={verdict}"))

    def picture(self) -> Image:
        """The screen, which Xvfb keeps in X's own format of a window, XWD."""
        content = (self._machine.root / "srv/screen/Xvfb_screen0").read_bytes()
        head = np.frombuffer(content[:100], ">u4")
        width, height = int(head[4]), int(head[5])
        pixels = np.frombuffer(content, np.uint8, offset=int(head[0] + 12 * head[19]))
        return pixels[: height * width * 4].reshape(height, width, 4)[:, :, :3].copy()

    def _answered(self, keys: tuple[str, ...], until: Callable[[], bool]) -> None:
        def press() -> None:
            command = ("xdotool", *self._manager.before, *keys)
            self._machine.call("env", *self._environment(), *command, check=False)

        answered(press, until, seconds=PATIENCE, each=ANSWER_SECONDS)

    def _environment(self) -> list[str]:
        """Of the program that draws the screen, once it does."""
        look = ("pgrep", "--newest", "--exact", self._manager.greeter[:15])
        process = self._machine.call(*look, check=False).stdout.strip()
        if not process:
            return []
        try:
            text = self._machine.out("cat", f"/proc/{process}/environ")
        except MachineError:
            return []
        found = [one for one in text.split("\0") if one.startswith(("DISPLAY=", "XAUTHORITY="))]
        return found if len(found) == 2 else []

    def _sessions(self) -> list[str]:
        """Ada's; one that has ended may be "closing" for ever where cgroups are of version 1."""
        lines = self._machine.out("loginctl", "list-sessions", "--no-legend").splitlines()
        own = [line.split()[0] for line in lines if line.split()[2:3] == ["ada"]]
        shown = ("loginctl", "show-session", "--property=State", "--value")

        def state(session: str) -> str:
            return self._machine.call(*shown, session, check=False).stdout.strip()

        return [one for one in own if state(one) not in ("closing", "")]

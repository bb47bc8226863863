"""LightDM's login screen, with a face switched on for it: whom it lets in, and by what."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.machine.machine import Machine, MachineError, base, running, shown_for_setup, wait_for
from tests.machine.pam_machine import PASSWORD, enable
from tests.machine.service import Service, installed

pytestmark = pytest.mark.slow

PATIENCE = 60.0
_IN = "Greeter stopped, running session"
_BAND, _ENOUGH = (217, 230, 242), 3000
"""Blue, green, red of what is behind PAM's line, and pixels of it."""
_PACKAGES = ("lightdm", "lightdm-gtk-greeter", "xdotool", "xvfb")
# In memory, in place of a real server: what only that knows is left out.
_SERVER = """\
#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in -auth) shift; auth=$1 ;; esac
    shift
done
exec Xvfb :0 -screen 0 1000x700x24 -fbdir /srv/screen -nolisten tcp -noreset -auth "$auth"
"""
_CONFIGURATION = """\
[LightDM]
logind-check-graphical=false
lock-memory=false
[Seat:*]
xserver-command=/srv/server
greeter-hide-users=false
user-session=nothing
"""
_AT_ONCE = '[pam]\ngreeter = "look"\n'
_SESSION = "[Desktop Entry]\nType=Application\nName=Nothing\nExec=sleep infinity\n"
_LOGIND = "session   optional pam_systemd.so"
# A container has no virtual terminals, and logind takes no session that names one.
_NO_TERMINAL = "session required pam_env.so readenv=0 conffile=/srv/variables\n"


class Login:
    """LightDM's screen, with ada's name on it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._machine = service.machine
        self._log = self._machine.root / "var/log/lightdm/lightdm.log"

    def show(self, clip: str) -> None:
        """Begins anew, with this before the camera."""
        self.begin(clip)
        wait_for(lambda: self._has_line, PATIENCE, "no line is above the prompt")

    def begin(self, clip: str, *, settings: str = "") -> None:
        """The same, with more settings, and without a look at the screen."""
        self._machine.call("systemctl", "stop", "lightdm")
        self._log.write_text("")
        self.service.film(clip, methods=settings, greeter=True)
        if settings:
            done = enable(self.service, "lightdm")
            assert done.code == 0, done.text
        self._machine.call("systemctl", "start", "lightdm")

    def press(self, *what: str) -> None:
        """Types it at the screen."""
        environment = ("DISPLAY=:0", "XAUTHORITY=/run/lightdm/root/:0")
        self._machine.call("env", *environment, "xdotool", *what)

    def came_in(self) -> None:
        """Waits until a session of ada's begins."""
        self._told(_IN)

    def type_password(self) -> None:
        """The right one, until she is in: keys that come before somebody listens are lost."""
        for _ in range(8):
            self.press("type", "--args", "1", PASSWORD, "key", "Return")
            try:
                return wait_for(lambda: self.is_in, PATIENCE / 4, "no answer")
            except MachineError:
                continue
        raise MachineError("the password brings nobody in")

    @property
    def is_in(self) -> bool:
        """Whether a session of hers has begun."""
        return _IN in self._log.read_text()

    def refused(self) -> None:
        """Waits until she is asked anew."""
        self._told("Authentication complete with return value 7")

    def verdicts(self, verdict: str) -> int:
        """How many entries of the journal have it."""
        return len(self.service.journal(f"FACELATCH_VERDICT={verdict}"))

    @property
    def _has_line(self) -> bool:
        """Whether the screen shows what PAM says, as a band of this colour. Xvfb keeps the screen
        in X's own format of a window, XWD.
        """
        try:
            content = (self._machine.root / "srv/screen/Xvfb_screen0").read_bytes()
        except OSError:
            return False
        head = np.frombuffer(content[:100].ljust(100, b"\0"), ">u4")
        pixels = np.frombuffer(content, np.uint8, offset=int(head[0] + 12 * head[19]))
        near = np.abs(pixels.reshape(-1, 4)[:, :3].astype(int) - _BAND).max(axis=1) < 4
        return int(near.sum()) > _ENOUGH

    def _told(self, line: str) -> None:
        wait_for(lambda: line in self._log.read_text(), PATIENCE, f"no {line!r}")


@pytest.fixture(scope="module")
def login(machines: Path) -> Iterator[Login]:
    """A machine that LightDM can show its login on, where a face is asked for."""
    machine = Machine(machines / "logins", origin=base(*_PACKAGES), shown=shown_for_setup())
    _prepare(machine.root)
    with running(machine, "ada", "bob"):
        machine.call("sh", "-c", f"echo 'ada:{PASSWORD}' | chpasswd")
        service = installed(machine, "ada")
        done = enable(service, "lightdm")
        assert done.code == 0, done.text
        yield Login(service)
        # What it shows would go on being written where the machine does not end in time.
        machine.call("systemctl", "stop", "lightdm")


def _prepare(root: Path) -> None:
    """Without a graphics card."""
    folders = ("etc/lightdm/lightdm.conf.d", "usr/share/xsessions", "srv/screen")
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "srv/server").write_text(_SERVER)
    (root / "srv/server").chmod(0o755)
    (root / "srv/variables").write_text("XDG_VTNR\n")
    (root / folders[0] / "test.conf").write_text(_CONFIGURATION)
    (root / folders[1] / "nothing.desktop").write_text(_SESSION)
    greeter = root / "etc/pam.d/lightdm-greeter"
    text = greeter.read_text()
    assert _LOGIND in text
    greeter.write_text(text.replace(_LOGIND, _NO_TERMINAL + _LOGIND))


def test_enter_alone_brings_in_whom_the_camera_knows(login: Login) -> None:
    login.show("ada")
    before = login.verdicts("matched")
    login.press("key", "Return")
    login.came_in()
    assert login.verdicts("matched") == before + 1


def test_a_stranger_stays_outside_and_the_password_works(login: Login) -> None:
    login.show("bob")
    before = login.verdicts("not-matched")
    login.press("key", "Return")
    login.refused()
    assert login.verdicts("not-matched") == before + 1
    login.type_password()


def test_a_password_typed_at_once(login: Login) -> None:
    login.show("ada")
    before = login.verdicts("matched")
    login.type_password()
    assert login.verdicts("matched") == before


def test_one_that_looks_at_once_waits_for_no_enter(login: Login) -> None:
    before, refused = login.verdicts("matched"), login.verdicts("not-matched")
    login.begin("ada", settings=_AT_ONCE)
    wait_for(lambda: login.verdicts("matched") > before, PATIENCE, "nobody is looked at")
    # Where nothing was asked, the GTK greeter shows a button.
    login.press("key", "Return")
    login.came_in()
    assert login.verdicts("matched") == before + 1
    login.begin("bob", settings=_AT_ONCE)
    wait_for(lambda: login.verdicts("not-matched") > refused, PATIENCE, "nobody is looked at")
    assert not login.is_in
    login.type_password()
    assert login.verdicts("matched") == before + 1

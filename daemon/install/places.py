"""Where every part of the installed service lies: put there by setup, or by a package. Pure."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

USERS = ("facelatch", "facelatch-unlocker")
UNIT = "facelatch.service"
HELPERS = ("facelatch-camera", "facelatch-unlocker")
"""Units that their sockets start."""
AGENT_UNIT = "facelatch-agent.service"
PAM_PROGRAM = "bin/facelatch-pam"
"""What PAM runs, in the environment."""
PAM_ACCOUNT = f"{PAM_PROGRAM}-account"
"""What it runs after a password that was right."""

FILES = {
    "facelatch.sysusers": "usr/local/lib/sysusers.d/facelatch.conf",
    "facelatch.tmpfiles": "usr/local/lib/tmpfiles.d/facelatch.conf",
    "facelatch.service": "usr/local/lib/systemd/system/facelatch.service",
    "facelatch-camera.socket": "usr/local/lib/systemd/system/facelatch-camera.socket",
    "facelatch-camera.service": "usr/local/lib/systemd/system/facelatch-camera.service",
    "facelatch-unlocker.socket": "usr/local/lib/systemd/system/facelatch-unlocker.socket",
    "facelatch-unlocker.service": "usr/local/lib/systemd/system/facelatch-unlocker.service",
    "facelatch-unlock@.socket": "usr/local/lib/systemd/system/facelatch-unlock@.socket",
    "facelatch-unlock@.service": "usr/local/lib/systemd/system/facelatch-unlock@.service",
    "facelatch-agent.service": "usr/local/lib/systemd/user/facelatch-agent.service",
    "facelatch-agent.desktop": "etc/xdg/autostart/facelatch-agent.desktop",
    "org.facelatch.Facelatch1.conf": "etc/dbus-1/system.d/org.facelatch.Facelatch1.conf",
    "org.facelatch.Facelatch1.service": (
        "usr/local/share/dbus-1/system-services/org.facelatch.Facelatch1.service"
    ),
    "org.facelatch.Facelatch1.xml": (
        "usr/local/share/dbus-1/interfaces/org.facelatch.Facelatch1.xml"
    ),
    # polkit of Debian 12 reads actions from nowhere else.
    "org.facelatch.Facelatch1.policy": (
        "usr/share/polkit-1/actions/org.facelatch.Facelatch1.policy"
    ),
    "org.facelatch.rules": "etc/polkit-1/rules.d/50-org.facelatch.rules",
}
"""Files of `systemd/` and where setup puts each, relative to the root of the file system."""
ACCOUNT_FILES = 2
"""The first of them make the user and its folders."""

_VENDOR = {
    "usr/local/": "usr/",
    "etc/dbus-1/": "usr/share/dbus-1/",
    "etc/polkit-1/": "usr/share/polkit-1/",
}
"""A distribution's packages have folders of their own, which leave /etc and /usr/local to root."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one way of installing puts things, relative to the root of the file system."""

    program: str
    environment: str
    command: str
    files: Mapping[str, str]
    """Files of `systemd/`."""

    def text(self, content: bytes) -> bytes:
        """A file of `systemd/` (it names setup's environment) as this way of installing has it."""
        return content.replace(f"/{SETUP.environment}/".encode(), f"/{self.environment}/".encode())


def _of_vendor(place: str) -> str:
    for ours, theirs in _VENDOR.items():
        if place.startswith(ours):
            return theirs + place.removeprefix(ours)
    return place


SETUP = Layout("opt/facelatch", "opt/facelatch/venv", "usr/local/bin/facelatch", FILES)
"""`facelatch setup`, from a checkout or an environment of pip's."""
PACKAGE = Layout(
    "usr/lib/facelatch",
    "usr/lib/facelatch",
    "usr/bin/facelatch",
    {name: _of_vendor(place) for name, place in FILES.items()},
)
"""A package of the distribution."""


@dataclass(frozen=True, slots=True)
class Places:
    """The parts of an installation below `root`, which is `/` but in tests."""

    root: Path = Path("/")
    layout: Layout = SETUP

    @property
    def program(self) -> Path:
        """Everything that is ours alone: environment, lists."""
        return self.root / self.layout.program

    @property
    def lock(self) -> Path:
        """Held while a setup runs. Gone with the next start of the machine."""
        return self.root / "run/facelatch-setup.lock"

    @property
    def environment(self) -> Path:
        """The Python environment that the service runs in."""
        return self.root / self.layout.environment

    @property
    def command(self) -> Path:
        """The command on everybody's path."""
        return self.root / self.layout.command

    @property
    def cache(self) -> Path:
        """Converted networks: written by root, read by the service."""
        return self.root / "var/cache/facelatch"

    @property
    def state(self) -> Path:
        """Templates and attempts: the service's own, mode 0700."""
        return self.root / "var/lib/facelatch"

    @property
    def credential(self) -> Path:
        """The sealed key of the templates, where `facelatch protect` made one."""
        return self.root / "etc/credstore.encrypted/facelatch-key"

    @property
    def configuration(self) -> Path:
        """The configuration: written by root, read by everybody."""
        return self.root / "etc/facelatch"

    @property
    def files(self) -> dict[str, Path]:
        """Where each file of `systemd/` goes."""
        return {name: self.root / place for name, place in self.layout.files.items()}


def of_this_program(prefix: str = sys.prefix) -> Places:
    """The package's where that is what runs, from the environment `prefix`; else setup's."""
    packaged = Path(prefix) == Places(layout=PACKAGE).environment
    return Places(layout=PACKAGE if packaged else SETUP)

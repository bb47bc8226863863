"""What stands for the machine that an installation changes."""

from collections.abc import Iterable, Sequence

from daemon.install.errors import InstallError
from daemon.install.steps import Step

POLKIT = "usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service"


class System:
    """Stands for systemd and the lists of users: remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.users: set[str] = set()
        self.missing: list[str] = []
        self.enabled: set[str] = set()
        self.active: set[str] = set()
        self.failed: set[str] = set()

    def run(self, command: Sequence[str]) -> str:
        line = " ".join(command)
        self.asked.append(line)
        unit = command[-1]
        for word, units in (
            ("is-enabled", self.enabled),
            ("is-active", self.active),
            ("is-failed", self.failed),
        ):
            if word in command and unit not in units:
                raise InstallError(f"not {word}")
        for words, units in (
            (("enable", "disable"), self.enabled),
            (("start", "stop"), self.active),
        ):
            if words[0] in command:
                units.add(unit)
            if words[1] in command:
                units.discard(unit)
        if "reset-failed" in command:
            self.failed.discard(unit)
        if command[0] == "systemd-sysusers":
            self.users |= {"facelatch", "facelatch-unlocker"}
        if command[0] == "userdel":
            self.users.remove(command[1])
        return ""

    def changes(self) -> list[str]:
        return [line for line in self.asked if " is-" not in line]


def take(found: Iterable[Step]) -> list[str]:
    """Takes the steps that are needed; what they say."""
    texts = []
    for step in found:
        if step.needed():
            texts.append(step.text)
            step.take()
    return texts

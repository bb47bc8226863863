"""A throw-away virtual machine with real V4L2 cameras, made and booted by the tool camera-machine.

It is emulated, some 250 times slower than this machine: it proves behaviour, never speed.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from daemon.install.packages import SERVICE_PACKAGES
from tests.data import ROOT, data_folder
from tests.machine.machine import MachineError, base

PROGRAMS = ("qemu-system-x86_64", "qemu-img", "mkfs.ext4", "ssh", "ssh-keygen", "unshare")
BUILD_SECONDS = 1800.0
BOOT_SECONDS = 600.0
CALL_SECONDS = 600.0


def tool() -> Path:
    """The tool: beside the shared data, unless FACELATCH_CAMERA_MACHINE names another."""
    beside = data_folder().parent / "tools" / "camera-machine"
    return Path(os.environ.get("FACELATCH_CAMERA_MACHINE", beside))


def impossible() -> str:
    """Why this host cannot run the machine; "" where it can."""
    if not os.access(tool(), os.X_OK):
        return f"there is no {tool()}"
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        return f"not on this machine: {', '.join(missing)} (qemu-system-x86, qemu-utils)"
    version = subprocess.run(
        ["/usr/bin/python3", "-c", "import sys; print(*sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    if version.split() != ["3", "11"]:
        return "its Python packages are fetched by a /usr/bin/python3 of version 3.11"
    return ""


class CameraMachine:
    """The one machine of this checkout, kept in its cache."""

    def __init__(self) -> None:
        self.folder = ROOT / ".cache" / "camera-machine"
        self.share = self.folder / "share"
        """A folder that the machine sees as /mnt/share."""
        self.share.mkdir(parents=True, exist_ok=True)

    def build(self) -> None:
        """Makes the image, unless there is one with these packages; two to five minutes."""
        packages = " ".join(f"{name}=={metadata.version(name)}" for name in SERVICE_PACKAGES)
        stamp = self.folder / "built-for"
        if stamp.exists() and stamp.read_text() == packages:
            return
        stamp.unlink(missing_ok=True)
        environment = {"CM_BASE_ROOT": str(base()), "CM_PIP_PACKAGES": packages}
        self._control("build", seconds=BUILD_SECONDS, **environment)
        stamp.write_text(packages)

    def boot(self) -> None:
        """Starts it, fresh; what ran before is ended."""
        self.stop()
        self._control("boot", seconds=BOOT_SECONDS, CM_BOOT_TIMEOUT=f"{BOOT_SECONDS:g}")
        # systemd gives the share up after 140 s, which a host that is busy does not always keep.
        self.call("mountpoint -q /mnt/share || mount /mnt/share")

    def stop(self) -> None:
        """Powers it off."""
        self._control("stop", seconds=BOOT_SECONDS)

    def call(
        self, *command: str, check: bool = True, seconds: float = CALL_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command inside, as root; one argument is a line for its shell."""
        done = subprocess.run(
            self._command("exec", *command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode:
            raise MachineError(
                f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done

    def out(self, *command: str) -> str:
        """What a command inside prints."""
        return self.call(*command).stdout.strip()

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Starts a command inside; its output is the process's own."""
        return subprocess.Popen(
            self._command("exec", *command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _command(self, *words: str) -> Sequence[str]:
        return (str(tool()), "-w", str(self.folder), *words)

    def _control(self, word: str, *, seconds: float, **environment: str) -> None:
        log = self.folder / f"{word}.log"
        # Not a pipe: qemu keeps what it inherits open for as long as it runs.
        with log.open("wb") as stream:
            done = subprocess.run(
                self._command(word),
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                timeout=seconds,
                check=False,
            )
        if done.returncode:
            said = log.read_text("utf-8", "replace")
            raise MachineError(f"camera-machine {word}: {done.returncode}\n{said[-2000:]}")

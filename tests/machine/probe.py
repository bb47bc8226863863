"""Tries, from inside the service's confinement, what the service must not do; prints the outcomes.

Runs in place of the daemon, under the installed unit. Devices, memory and the number of tasks are
not tried: in a container systemd cannot limit them.
"""

import ctypes
import mmap
import os
import socket
from collections.abc import Callable
from pathlib import Path

TRIED: dict[str, Callable[[], object]] = {
    "internet": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "configuration": lambda: Path("/etc/facelatch/x").write_text(""),
    "networks": lambda: Path("/var/cache/facelatch/x").write_text(""),
    "program": lambda: Path("/opt/facelatch/x").write_text(""),
    "shadow": lambda: Path("/etc/shadow").read_text(),
    "home": lambda: list(Path("/home/ada").iterdir()),
    "root": lambda: os.setuid(0),
    "kill": lambda: os.kill(1, 0),
    "new code": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC),
    "namespace": lambda: _checked(ctypes.CDLL(None, use_errno=True).unshare(0x10000000)),
    "processes": lambda: Path("/proc/1/cmdline").read_bytes(),
}
ALLOWED: dict[str, Callable[[], object]] = {
    "state": lambda: Path("/var/lib/facelatch/probe").write_text(""),
    "local socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
}


def outcome(attempt: Callable[[], object]) -> str:
    """What comes of it, in one word."""
    try:
        attempt()
    except OSError:
        return "denied"
    return "open"


def _checked(code: int) -> None:
    if code:
        raise OSError(ctypes.get_errno(), "refused")


if __name__ == "__main__":
    for word, attempts in (("must-not", TRIED), ("must", ALLOWED)):
        for name, attempt in attempts.items():
            print(word, outcome(attempt), name, flush=True)  # noqa: T201

"""Tries, from inside the service's confinement, what the service must not do; prints the outcomes.

Runs in place of the daemon, under the installed unit: `probe.py rights`. `devices`, `threads` and
`memory` are for a machine that is no container: there systemd can limit them.
"""

import contextlib
import ctypes
import mmap
import os
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

STATE = Path("/var/lib/facelatch/probe")
TRIED: dict[str, Callable[[], object]] = {
    "internet": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "configuration": lambda: Path("/etc/facelatch/x").write_text(""),
    "networks": lambda: Path("/var/cache/facelatch/x").write_text(""),
    "program": lambda: Path(sys.prefix, "x").write_text(""),
    "shadow": lambda: Path("/etc/shadow").read_text(),
    "home": lambda: list(Path("/home").iterdir()),
    "root's home": lambda: list(Path("/root").iterdir()),
    "sessions of people": lambda: list(Path("/run/user").iterdir()),
    "root": lambda: os.setuid(0),
    "kill": lambda: os.kill(1, 0),
    "new code": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC),
    "namespace": lambda: _checked(ctypes.CDLL(None, use_errno=True).unshare(0x10000000)),
    "another owner": lambda: os.chown(STATE, 1, -1),
    "setuid": lambda: STATE.chmod(0o4755),
    "mount": lambda: _checked(
        ctypes.CDLL(None, use_errno=True).mount(b"x", b"/mnt", b"tmpfs", 0, None)
    ),
    "clock": lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()),
    "host name": lambda: socket.sethostname("x"),
    "kernel's settings": lambda: Path("/proc/sys/kernel/hostname").write_text("x"),
    "kernel's log": lambda: os.open("/proc/kmsg", os.O_RDONLY | os.O_NONBLOCK),
    "control groups": lambda: Path("/sys/fs/cgroup/x").mkdir(),
    "realtime": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "processes": lambda: Path("/proc/1/cmdline").read_bytes(),
}
ALLOWED: dict[str, Callable[[], object]] = {
    "state": lambda: STATE.write_text(""),
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


def rights() -> None:
    """Every attempt, and what came of it."""
    for word, attempts in (("must", ALLOWED), ("must-not", TRIED)):
        for name, attempt in attempts.items():
            say(f"{word} {outcome(attempt)} {name}")


def devices() -> None:
    """Every device that can be opened for reading."""
    for folder, _, names in os.walk("/dev"):
        for path in sorted(Path(folder, name) for name in names):
            mode = path.lstat().st_mode
            if not (stat.S_ISCHR(mode) or stat.S_ISBLK(mode)):
                continue
            with contextlib.suppress(OSError):
                os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))
                say(f"opened {path}")


def threads() -> None:
    """A hundred threads at once."""
    done = threading.Event()
    try:
        for _ in range(100):
            threading.Thread(target=done.wait).start()
        say("a hundred threads run")
    except RuntimeError:
        say("a hundred threads are too many")
    finally:
        done.set()


def memory() -> None:
    """Three quarters of a gigabyte, used."""
    say(f"allocated {len(bytearray(b'x') * (768 << 20))}")


def say(line: str) -> None:
    """One line."""
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    {"rights": rights, "devices": devices, "threads": threads, "memory": memory}[sys.argv[1]]()

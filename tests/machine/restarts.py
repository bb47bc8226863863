"""Kills each process of the service in turn, inside the machine, and says when it is back.

    restarts.py SESSION N    SESSION: a locked one of a person before an empty chair

Prints JSON: for each unit the milliseconds of every turn, from the death as systemd saw it until
the unit is ready, those of the processor until then, and until the camera is open again. The
unlocker, which nobody starts before it is asked, is asked at its death, and back when it answers.
"""

import json
import os
import pwd
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from daemon.unlocker.protocol import ANSWER_SIZE, Answer, Code, Request

_SOCKET = "/run/facelatch-unlocker"
_STATUS = ["busctl", "call", "--auto-start=no", "org.facelatch.Facelatch1"]
_STATUS += ["/org/facelatch/Facelatch1", "org.facelatch.Facelatch1", "Status"]
_SECONDS = 120.0
_EVERY = 0.02


def properties(unit: str, *names: str) -> list[int]:
    """Numbers that systemd has of a unit."""
    show = ["systemctl", "show", *(f"--property={name}" for name in names), unit]
    lines = subprocess.run(show, capture_output=True, text=True, check=True).stdout.splitlines()
    found = dict(line.split("=", 1) for line in lines)
    return [int(found[name]) for name in names]


def until(condition: Callable[[], bool], what: str) -> float:
    """Waits; when it was true, by the monotonic clock. Exits where it never is."""
    deadline = time.monotonic() + _SECONDS
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"{what} within {_SECONDS:g} s")
        time.sleep(_EVERY)
    return time.monotonic()


def watched() -> bool:
    """Whether the service answers and has the camera open."""
    done = subprocess.run(_STATUS, capture_output=True, text=True, check=False)
    return '"camera-on" b true' in done.stdout


def processor(pid: int) -> float:
    """Milliseconds that a process had of the processor, all its threads together (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")


def kill(unit: str) -> int:
    """At once; the process that it was."""
    (pid,) = properties(unit, "MainPID")
    subprocess.run(["systemctl", "kill", "--signal=KILL", unit], check=True)
    return pid


def restarted(unit: str) -> tuple[float, float, float]:
    """Milliseconds from the death of `unit` until it is ready, of the processor, until watched."""
    until(watched, "nobody watches")
    before = kill(unit)

    def ready() -> bool:
        pid, left, entered = properties(
            unit, "MainPID", "ActiveExitTimestampMonotonic", "ActiveEnterTimestampMonotonic"
        )
        return pid not in (0, before) and entered > left

    until(ready, f"{unit} does not come back")
    (pid, left, entered) = properties(
        unit, "MainPID", "ActiveExitTimestampMonotonic", "ActiveEnterTimestampMonotonic"
    )
    used = processor(pid)
    on = until(watched, f"nobody watches after {unit} was killed")
    return (entered - left) / 1e3, used, on * 1e3 - left / 1e3


def asked_again(session: str) -> tuple[float, float]:
    """Milliseconds until an unlocker that was killed answers the service, and of the processor."""
    answer(session)
    kill("facelatch-unlocker")
    begun = time.monotonic()
    answer(session)
    took = (time.monotonic() - begun) * 1e3
    return took, processor(properties("facelatch-unlocker", "MainPID")[0])


def answer(session: str) -> None:
    """Asks as the service does, for what is refused: root's, of a session that is another's."""
    user = pwd.getpwnam("facelatch")
    child = os.fork()
    if child == 0:
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            connection.connect(_SOCKET)
            connection.send(Request(0, session).pack())
            refused = Answer.unpack(connection.recv(ANSWER_SIZE + 1)).code is Code.REFUSED
        os._exit(0 if refused else 1)
    if os.waitpid(child, 0)[1]:
        sys.exit("the unlocker does not refuse what it must")


def main(session: str, turns: int) -> None:
    """One unit after the other, and again."""
    found: dict[str, list[tuple[float, ...]]] = {}
    for _ in range(turns):
        for unit in ("facelatch", "facelatch-camera"):
            found.setdefault(unit, []).append(restarted(unit))
        found.setdefault("facelatch-unlocker", []).append(asked_again(session))
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""What systemd is told."""

import os
import socket
from pathlib import Path

import pytest

from daemon.system.sd_notify import Notifier


def test_it_tells_the_socket_of_the_environment(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "notify"))
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        notifier.ready("all\nis well")
        notifier.alive()
        notifier.stopping()
        said = [server.recv(4096).decode() for _ in range(3)]
    assert said == ["READY=1\nSTATUS=all is well", "WATCHDOG=1", "STOPPING=1\nSTATUS=stopping"]


def test_an_abstract_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(f"\0{tmp_path}")
        Notifier({"NOTIFY_SOCKET": f"@{tmp_path}"}).alive()
        assert server.recv(4096) == b"WATCHDOG=1"


@pytest.mark.parametrize("address", ["", "relative", "/nothing/there"])
def test_nobody_who_listens(address: str) -> None:
    Notifier({"NOTIFY_SOCKET": address}).ready("x")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid() + 1)}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog(environment: dict[str, str], seconds: float | None) -> None:
    assert Notifier(environment).watchdog_seconds == seconds

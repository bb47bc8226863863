"""What a client asks of the daemon: an attempt from beginning to end, or a no in one word."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from daemon.api import Error
from daemon.clients.dbus_client import Client, DaemonError
from daemon.unlocker.protocol import ANSWER_SIZE, Answer, Code, Request
from tests.bus.world import PATIENCE, World


@dataclass
class Ended:
    """How an attempt ended for one client."""

    verdict: str
    reason: str
    details: dict[str, Any]
    progress: list[str]


def attempt(client: Client, username: str = "", **options: Any) -> Ended:
    """Asks for an attempt and waits for its end."""
    number = client.call("StartVerify", username, options)
    return finish(client, number)


def short_attempt(client: Client) -> Ended:
    """One that ends because its time is over; longer where the camera was not open before that."""
    seconds = 0.5
    while (ended := attempt(client, seconds=seconds)).reason == "no-frames" and seconds < PATIENCE:
        seconds *= 2
    return ended


def finish(client: Client, number: int) -> Ended:
    """Waits for the end of an attempt."""
    progress: list[str] = []
    for heard in client.signals(seconds=3 * PATIENCE):
        if heard.values[0] != number:
            continue
        if heard.name == "VerifyProgress":
            progress.append(heard.values[1])
        if heard.name == "VerifyFinished":
            verdict, reason, details = heard.values[1:]
            return Ended(verdict, reason, details, progress)
    return pytest.fail("the attempt did not end")


def begun(client: Client, *, seconds: float = 10.0) -> int:
    """Begins an attempt and waits until it sees something; its number."""
    number: int = client.call("StartVerify", "", {"seconds": seconds})
    for heard in client.signals(seconds=PATIENCE):
        if heard.values[:2] == (number, "looking"):
            return number
    return pytest.fail("the attempt saw nothing")


@contextmanager
def refused(error: Error) -> Iterator[None]:
    """Expects the daemon to say no, in this word."""
    with pytest.raises(DaemonError) as caught:
        yield
    assert caught.value.error is error, caught.value


def ask_unlocker(world: World) -> None:
    """Asks the unlocker for what it refuses: a session of root's."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.connect(str(world.folder / "unlocker"))
        connection.send(Request(0, "99999").pack())
        assert Answer.unpack(connection.recv(ANSWER_SIZE + 1)).code is Code.REFUSED

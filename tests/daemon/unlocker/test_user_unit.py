"""A user's own unit is reached by its socket, whatever answers there."""

import asyncio
import socket
from pathlib import Path

import pytest

from daemon.errors import UnlockError
from daemon.unlocker.protocol import Answer, Code
from daemon.unlocker.user_unit import instance_of, unlock_as


async def _ask(folder: Path, answer: bytes | None) -> None:
    """Asks while something listens that sends `answer` and hangs up."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(folder / "ada"))
        listening.listen()
        listening.setblocking(False)
        asking = asyncio.ensure_future(unlock_as("ada", sockets=folder))
        connection, _ = await loop.sock_accept(listening)
        with connection:
            if answer is not None:
                connection.sendall(answer)
        await asking


def test_one_method_that_worked_is_enough(tmp_path: Path) -> None:
    asyncio.run(_ask(tmp_path, Answer(Code.UNLOCKED, "signal swaylock").pack()))


@pytest.mark.parametrize(
    "answer",
    [None, b"", b"yes", Answer(Code.FAILED, "swaylock does not run").pack(), b"x" * 512],
)
def test_anything_else_is_no(tmp_path: Path, answer: bytes | None) -> None:
    with pytest.raises(UnlockError):
        asyncio.run(_ask(tmp_path, answer))


def test_without_a_socket_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnlockError, match="facelatch setup"):
        asyncio.run(unlock_as("ada", sockets=tmp_path))


@pytest.mark.parametrize("name", ["", "1000", "a/b", "../ada", "a b", "ä", "-x"])
def test_names_that_no_unit_takes(name: str) -> None:
    with pytest.raises(UnlockError):
        instance_of(name)


def test_a_dash_is_escaped_as_systemd_does() -> None:
    assert instance_of("ada-lovelace_2.x") == r"ada\x2dlovelace_2.x"

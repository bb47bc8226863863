"""A user's own unit is reached by its socket, whatever answers there."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from daemon.errors import UnlockError
from daemon.unlocker.protocol import Answer, Code
from daemon.unlocker.user_unit import instance_of, unlock_as


def _ask(folder: Path, answer: bytes | None, *, seconds: float = 60.0) -> None:
    """Asks while something listens that sends `answer`, or nothing, and hangs up."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(folder / "ada"))
        listening.listen()
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(unlock_as, "ada", sockets=folder, seconds=seconds)
            connection, _ = listening.accept()
            with connection:
                if answer is not None:
                    connection.sendall(answer)
                    connection.close()
                asking.result()


def test_one_method_that_worked_is_enough(tmp_path: Path) -> None:
    _ask(tmp_path, Answer(Code.UNLOCKED, "signal swaylock").pack())


@pytest.mark.parametrize(
    "answer",
    [b"", b"yes", Answer(Code.FAILED, "swaylock does not run").pack(), b"x" * 512],
)
def test_anything_else_is_no(tmp_path: Path, answer: bytes) -> None:
    with pytest.raises(UnlockError):
        _ask(tmp_path, answer)


def test_silence_is_no(tmp_path: Path) -> None:
    with pytest.raises(UnlockError, match="timed out"):
        _ask(tmp_path, None, seconds=0.05)


def test_without_a_socket_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnlockError, match="facelatch setup"):
        unlock_as("ada", sockets=tmp_path)


@pytest.mark.parametrize("name", ["", "1000", "a/b", "../ada", "a b", "ä", "-x"])
def test_names_that_no_unit_takes(name: str) -> None:
    with pytest.raises(UnlockError):
        instance_of(name)


def test_a_dash_is_escaped_as_systemd_does() -> None:
    assert instance_of("ada-lovelace_2.x") == r"ada\x2dlovelace_2.x"

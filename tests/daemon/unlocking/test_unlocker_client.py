"""The service asks the unlocker; whatever answers, only its yes is one."""

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from daemon.errors import NoLockerError, UnlockError
from daemon.unlocker.protocol import REQUEST_SIZE, Answer, Code, Request
from daemon.unlocking.unlocker_client import UnlockerClient
from tests.daemon.sessions import LOCKED as SESSION

YES = Answer(Code.UNLOCKED, "logind").pack()


def test_a_locker_that_has_gone_is_told_apart(tmp_path: Path) -> None:
    gone = Answer(Code.GONE, "swaylock does not run").pack()

    async def run() -> None:
        fake = Fake(tmp_path / "socket", [gone])
        running = asyncio.ensure_future(fake.run())
        client = UnlockerClient(tmp_path / "socket")
        with pytest.raises(NoLockerError, match="does not run"):
            await client.unlock(SESSION)
        client.close()
        await running

    asyncio.run(run())


class Fake:
    """An unlocker that gives each connection its answers, and then hangs up."""

    def __init__(self, path: Path, *connections: Sequence[bytes]) -> None:
        self.asked: list[Request] = []
        self._connections = list(connections)
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listening.bind(str(path))
        self._listening.listen()
        self._listening.setblocking(False)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for answers in self._connections:
            connection, _ = await loop.sock_accept(self._listening)
            with connection:
                connection.setblocking(False)
                for answer in answers:
                    message = await loop.sock_recv(connection, REQUEST_SIZE)
                    self.asked.append(Request.unpack(message))
                    await loop.sock_sendall(connection, answer)
        self._listening.close()


def play(path: Path, *connections: Sequence[bytes], times: int = 1) -> tuple[Fake, list[str]]:
    """Asks so often; the fake, and what each time came to."""

    async def run() -> tuple[Fake, list[str]]:
        fake = Fake(path, *connections)
        running = asyncio.ensure_future(fake.run())
        client = UnlockerClient(path)
        client.prepare()
        said = []
        for _ in range(times):
            try:
                said.append(await client.unlock(SESSION))
            except UnlockError as error:
                said.append(f"no: {error}")
            # What hung up has done so by the time that it is asked again.
            await asyncio.sleep(0)
        client.close()
        await running
        return fake, said

    return asyncio.run(run())


def test_the_session_and_its_user_are_named(tmp_path: Path) -> None:
    fake, said = play(tmp_path / "socket", [YES])
    assert fake.asked == [Request(SESSION.uid, SESSION.id)]
    assert said == ["logind"]


def test_one_that_ended_when_idle_is_reached_again(tmp_path: Path) -> None:
    fake, said = play(tmp_path / "socket", [], [YES])
    assert said == ["logind"]
    assert len(fake.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [b"yes", YES[:-1], YES + b"\0", Answer(Code.REFUSED, "not locked").pack(), bytes(len(YES))],
)
def test_anything_but_its_yes_is_no(tmp_path: Path, answer: bytes) -> None:
    _, said = play(tmp_path / "socket", [answer])
    assert said[0].startswith("no: ")


def test_without_one_it_says_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(UnlockError, match=r"facelatch-unlocker\.socket"):
        asyncio.run(UnlockerClient(tmp_path / "none").unlock(SESSION))


def test_one_that_ended_is_started_before_it_is_asked(tmp_path: Path) -> None:
    client = UnlockerClient(tmp_path / "socket")

    async def prepare() -> None:
        client.prepare()

    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(tmp_path / "socket"))
        listening.listen()
        listening.settimeout(60.0)
        for _ in range(2):
            asyncio.run(prepare())
            listening.accept()[0].close()
    client.close()

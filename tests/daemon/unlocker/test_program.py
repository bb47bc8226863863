"""The unlocker's process, at a real socket, with a logind that does as told."""

import asyncio
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.errors import NoLockerError, UnlockError
from daemon.system.sessions import Session
from daemon.system.sockets import handed_over
from daemon.unlocker.program import Outside, Server, Unlocker
from daemon.unlocker.protocol import ANSWER_SIZE, Answer, Code, Request
from daemon.unlocker.rules import Permission
from tests.daemon.unlocker.test_rules import BOTH, LOGIND, SESSION


class World:
    """logind, the configuration and what acts as the user."""

    def __init__(self) -> None:
        self.session: Session | None = SESSION
        self.permission: Permission = LOGIND
        self.unlocked: list[str] = []
        self.acted: list[str] = []
        self.lines: list[str] = []
        self.fails = self.gone = False

    async def read(self, session_id: str) -> Session | None:
        return self.session if self.session and self.session.id == session_id else None

    async def unlock(self, session_id: str) -> None:
        if self.fails:
            raise UnlockError("logind says no")
        self.unlocked.append(session_id)

    async def act(self, username: str) -> None:
        if self.fails:
            raise NoLockerError("swaylock does not run") if self.gone else UnlockError("no")
        self.acted.append(username)

    def unlocker(self) -> Unlocker:
        now = iter(range(0, 100_000, 10))
        outside = Outside(self, lambda _: self.permission, self.act, self.lines.append)
        return Unlocker(outside, clock=lambda: float(next(now)))


def ask(world: World, message: bytes | None = None) -> Answer:
    request = Request(1000, "2").pack() if message is None else message
    return asyncio.run(world.unlocker().answer(request))


def test_a_locker_that_has_gone_is_told_apart_where_nothing_else_was_tried() -> None:
    world = World()
    world.fails = world.gone = True
    own = tuple(method for method in BOTH.methods if method.kind != "logind")
    world.permission = replace(BOTH, methods=own)
    assert ask(world) == Answer(Code.GONE, "swaylock does not run")
    world.permission = BOTH
    assert ask(world).code is Code.FAILED


def test_the_owners_session_is_unlocked_and_written_down() -> None:
    world = World()
    assert ask(world) == Answer(Code.UNLOCKED, "logind")
    assert (world.unlocked, world.acted) == (["2"], [])
    assert world.lines == ["unlocked: logind"]


def test_what_acts_as_the_user_comes_first() -> None:
    world = World()
    world.permission = BOTH
    assert ask(world) == Answer(Code.UNLOCKED, "signal swaylock, logind")
    assert (world.acted, world.unlocked) == (["ada"], ["2"])


def test_where_no_method_works_it_says_why() -> None:
    world = World()
    world.fails = True
    assert ask(world) == Answer(Code.FAILED, "logind says no")


def test_logind_is_not_asked_for_a_session_that_no_locker_answered_for() -> None:
    world = World()
    world.session = replace(SESSION, locked=False)
    world.permission = BOTH
    world.fails = True
    assert ask(world).code is Code.FAILED
    assert world.unlocked == []


def test_a_session_that_changes_while_its_own_locker_is_asked_is_not_unlocked_by_logind() -> None:
    class Changing(World):
        async def act(self, username: str) -> None:
            await super().act(username)
            self.session = replace(SESSION, active=False)

    world = Changing()
    world.permission = BOTH
    assert ask(world) == Answer(Code.UNLOCKED, "signal swaylock")
    assert (world.acted, world.unlocked) == (["ada"], [])


@pytest.mark.parametrize(
    "message",
    [b"", b"x" * 44, Request(1000, "2").pack()[:-1], Request(1000, "2").pack() + b"\0"],
)
def test_garbage_unlocks_nothing(message: bytes) -> None:
    world = World()
    assert ask(world, message).code is Code.REFUSED
    assert world.unlocked == []


@pytest.mark.parametrize("request_", [Request(1001, "2"), Request(0, "2"), Request(1000, "3")])
def test_another_users_or_no_session_is_not_unlocked(request_: Request) -> None:
    world = World()
    assert ask(world, request_.pack()).code is Code.REFUSED
    assert (world.unlocked, world.acted) == ([], [])


def test_a_fault_of_logind_unlocks_nothing() -> None:
    class Broken(World):
        async def read(self, session_id: str) -> Session | None:
            raise RuntimeError(session_id)

    world = Broken()
    assert ask(world).code is Code.FAILED
    assert world.unlocked == []


def test_at_a_socket_it_answers_its_peer_alone_and_ends_when_idle(tmp_path: Path) -> None:
    async def run(peer: int) -> bytes:
        path = str(tmp_path / f"socket-{peer}")
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listening.bind(path)
        listening.listen()
        world = World()
        server = Server(listening, world.unlocker(), peer=peer, idle_seconds=0.05)
        running = asyncio.ensure_future(server.run())
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client, listening:
            client.setblocking(False)
            await loop.sock_connect(client, path)
            answer = b""
            try:
                await loop.sock_sendall(client, Request(1000, "2").pack())
                answer = await loop.sock_recv(client, ANSWER_SIZE)
            except (BrokenPipeError, ConnectionResetError):
                pass
            client.close()
            await running
        return answer

    assert Answer.unpack(asyncio.run(run(os.getuid()))) == Answer(Code.UNLOCKED, "logind")
    assert asyncio.run(run(os.getuid() + 1)) == b""


def test_without_systemd_there_is_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid() + 1))
    monkeypatch.setenv("LISTEN_FDS", "1")
    assert handed_over() is None

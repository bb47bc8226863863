"""The unlocker's process, at a real socket, with a logind that does as told."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
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
from tests.data import ROOT


class World:
    """logind, the configuration and what acts as the user."""

    def __init__(self) -> None:
        self.session: Session | None = SESSION
        self.permission: Permission = LOGIND
        self.unlocked: list[str] = []
        self.acted: list[str] = []
        self.lines: list[str] = []
        self.fails = self.gone = False

    def read(self, session_id: str) -> Session | None:
        return self.session if self.session and self.session.id == session_id else None

    def unlock(self, session_id: str) -> None:
        if self.fails:
            raise UnlockError("logind says no")
        self.unlocked.append(session_id)

    def act(self, username: str) -> None:
        if self.fails:
            raise NoLockerError("swaylock does not run") if self.gone else UnlockError("no")
        self.acted.append(username)

    def unlocker(self) -> Unlocker:
        now = iter(range(0, 100_000, 10))
        outside = Outside(self, lambda _: self.permission, self.act, self.lines.append)
        return Unlocker(outside, clock=lambda: float(next(now)))


def ask(world: World, message: bytes | None = None) -> Answer:
    request = Request(1000, "2").pack() if message is None else message
    return world.unlocker().answer(request)


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
        def act(self, username: str) -> None:
            super().act(username)
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
        def read(self, session_id: str) -> Session | None:
            raise RuntimeError(session_id)

    world = Broken()
    assert ask(world).code is Code.FAILED
    assert world.unlocked == []


class Place:
    """A socket that a server is to serve: who connects and asks before it runs is waiting there."""

    def __init__(self, folder: Path) -> None:
        self._path = str(folder / "socket")
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listening.bind(self._path)
        self._listening.listen(16)
        self._clients: list[socket.socket] = []

    def ask(self, *requests: Request) -> socket.socket:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._clients.append(client)
        client.settimeout(60.0)
        client.connect(self._path)
        for request in requests:
            client.sendall(request.pack())
        return client

    def serve(self, world: World, *, peer: int) -> None:
        """Until nothing is asked any more."""
        Server(self._listening, world.unlocker(), peer=peer, idle_seconds=0.05).run()

    def close(self) -> None:
        for one in (self._listening, *self._clients):
            one.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.close()


def heard(client: socket.socket) -> list[Code]:
    """What it was answered until it was hung up on."""
    found = []
    with contextlib.suppress(ConnectionResetError):
        while message := client.recv(ANSWER_SIZE):
            found.append(Answer.unpack(message).code)
    return found


def test_at_a_socket_it_answers_and_ends_though_somebody_stays_connected(place: Place) -> None:
    world = World()
    asking, silent = place.ask(Request(1000, "2"), Request(1000, "3")), place.ask()
    place.serve(world, peer=os.getuid())
    assert heard(asking) == [Code.UNLOCKED, Code.REFUSED]
    assert heard(silent) == []
    assert world.unlocked == ["2"]


def test_at_a_socket_others_than_its_peer_are_hung_up_on(place: Place) -> None:
    world = World()
    asking = place.ask(Request(1000, "2"))
    place.serve(world, peer=os.getuid() + 1)
    assert heard(asking) == []
    assert world.unlocked == world.lines == []


def test_at_a_socket_a_fifth_is_hung_up_on_and_one_that_left_makes_room(place: Place) -> None:
    world = World()
    place.ask().close()
    asking = [place.ask(), *(place.ask(Request(1000, "2")) for _ in range(4))]
    place.serve(world, peer=os.getuid())
    said = [heard(one) for one in asking]
    assert said == [[], [Code.UNLOCKED], [Code.UNLOCKED], [Code.UNLOCKED], []]


def test_without_systemd_there_is_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid() + 1))
    monkeypatch.setenv("LISTEN_FDS", "1")
    assert handed_over() is None


def test_what_may_unlock_loads_no_event_loop_no_network_and_no_bus_library() -> None:
    line = "import sys, daemon.unlocker.__main__; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", line], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(done.stdout.split())
    assert "daemon.unlocker.bus_call" in loaded
    assert loaded & {"asyncio", "ssl", "_hashlib", "http", "dbus_fast", "numpy", "xml"} == set()

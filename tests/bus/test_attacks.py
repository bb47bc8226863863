"""What somebody on the bus might try: each attack here worked, or might have, before it was met."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant

from daemon import api
from daemon.clients.dbus_client import Client, DaemonError
from tests.bus.asking import attempt, begun, finish, refused
from tests.bus.peer import Peer
from tests.bus.test_life import status
from tests.bus.test_unlock import QUIET
from tests.bus.world import LOGIND, MANAGER, ME, UID, Home, World, eventually
from tests.data import ROOT
from tests.waiting import stays

SESSION = "org.freedesktop.login1.Session"


def descriptors(world: World) -> int:
    """Open files of the daemon."""
    assert world.daemon is not None
    return len(list(Path(f"/proc/{world.daemon.pid}/fd").iterdir()))


def to_daemon(member: str, **parts: object) -> Message:
    """A message to the daemon, right or wrong."""
    place = (api.BUS_NAME, api.OBJECT_PATH, api.INTERFACE_NAME, member)
    return Message(*place, **parts)  # type: ignore[arg-type]


def test_descriptors_that_others_send_are_closed(home: Home) -> None:
    world = home.start()
    status(world)
    before = descriptors(world)
    with Peer(world.address) as peer, Path("/dev/null").open() as null:
        for _ in range(100):
            reply = peer.say(
                to_daemon("Status", signature="h", body=[0], unix_fds=[os.dup(null.fileno())])
            )
            assert reply.error_name == api.Error.INVALID_ARGUMENTS.bus_name
        for _ in range(100):
            peer.send(
                to_daemon(
                    "Nonsense",
                    signature="h",
                    body=[0],
                    unix_fds=[os.dup(null.fileno())],
                    message_type=MessageType.SIGNAL,
                )
            )
        peer.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId")
    eventually(lambda: descriptors(world) <= before, "all descriptors to be closed")


@contextmanager
def authenticated(address: str) -> Iterator[socket.socket]:
    """A connection to the bus that writes bytes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect("\0" + address.removeprefix("unix:abstract="))
        connection.sendall(b"\0AUTH EXTERNAL " + str(UID).encode().hex().encode() + b"\r\n")
        assert connection.recv(4096).startswith(b"OK")
        connection.sendall(b"BEGIN\r\n")
        connection.sendall(bytes(_hello()))
        assert connection.recv(4096)
        yield connection


def _hello() -> bytes:
    message = Message(
        "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", serial=1
    )
    return bytes(message._marshall(negotiate_unix_fd=False))


def _marshalled(**changes: object) -> bytearray:
    message = to_daemon("Status", serial=7, **changes)
    return bytearray(message._marshall(negotiate_unix_fd=False))


def _of_no_known_type() -> bytes:
    content = _marshalled()
    content[1] = 77
    return bytes(content)


def _with_unknown_flags() -> bytes:
    content = _marshalled()
    content[2] = 0xF8
    return bytes(content)


def _with_deep_nesting() -> bytes:
    value = Variant("s", "x")
    for _ in range(20):
        value = Variant("v", value)
    return bytes(_marshalled(signature="v", body=[value]))


def _with_a_huge_string() -> bytes:
    return bytes(_marshalled(signature="s", body=["x" * 20_000_000]))


def _with_odd_types() -> bytes:
    body = [[(1, 2.0, {"a": Variant("ay", b"\x00" * 9)})], "/", "a{sv}"]
    return bytes(_marshalled(signature="a(xda{sv})og", body=body))


def test_bytes_that_no_library_would_send(home: Home) -> None:
    world = home.start()
    for make in (
        _of_no_known_type,
        _with_unknown_flags,
        _with_deep_nesting,
        _with_a_huge_string,
        _with_odd_types,
    ):
        with authenticated(world.address) as connection:
            connection.sendall(make())
            connection.sendall(make())
            with world.client() as client:
                assert client.running, make
                assert attempt(client).verdict == "matched", make
        assert world.log == "", make


_CONNECT_FORK_AND_DIE = """
import os, select, socket, sys
sys.path.insert(0, sys.argv[2])
from tests.bus.test_attacks import authenticated, to_daemon
from dbus_fast import Variant
ask = to_daemon("StartVerify", signature="sa{sv}", body=["", {"seconds": Variant("d", 5.0)}])
with authenticated(sys.argv[1]) as connection:
    process = os.pidfd_open(os.getpid())
    if os.fork():
        os._exit(0)
    # Its files are closed a while before it has ended, on a busy computer.
    select.select([process], [], [])
    ask.serial = 9
    connection.sendall(bytes(ask._marshall(negotiate_unix_fd=False)))
    connection.settimeout(50.0)
    answers = b""
    # The bus may tell us our name first.
    while b"NotPermitted" not in answers:
        answers += connection.recv(65536)
    print(True, flush=True)
"""


def test_a_caller_whose_process_has_ended_is_nobody(home: Home) -> None:
    """Its number may be that of another process by now, in a session where somebody sits."""
    world = home.start()
    with subprocess.Popen(
        [sys.executable, "-c", _CONNECT_FORK_AND_DIE, world.address, str(ROOT)],
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        said = parent.communicate(timeout=60)[0]
    assert said == "True\n"
    assert not world.verdicts("matched")


def fake(interface: str, member: str, path: str, signature: str = "", *body: Any) -> Message:
    """A signal that only logind may send."""
    return Message(
        api.BUS_NAME,
        path,
        interface,
        member,
        signature=signature,
        body=list(body),
        message_type=MessageType.SIGNAL,
    )


def test_whoever_plays_logind_is_not_believed(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    home.lock("1", idle=False)
    eventually(lambda: watched(world)[0]["watched"], "a watch")
    before = watched(world)
    path = "/org/freedesktop/login1/session/1"
    manager, properties = "org.freedesktop.login1.Manager", "org.freedesktop.DBus.Properties"
    with Peer(world.address) as peer:
        for message in (
            fake(SESSION, "Unlock", path),
            fake(manager, "PrepareForSleep", MANAGER, "b", True),
            fake(manager, "SessionRemoved", MANAGER, "so", "1", path),
            fake(manager, "SessionNew", MANAGER, "so", "9", path),
            fake(properties, "PropertiesChanged", path, "sa{sv}as", SESSION, {}, []),
            fake("org.freedesktop.DBus", "NameOwnerChanged", "/", "sss", LOGIND, ":1.1", ""),
        ):
            peer.send(message)
        peer.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId")
    assert watched(world) == before
    assert status(world)["state"] in ("watching", "ready")


def watched(world: World) -> Any:
    """The sessions, as the daemon knows them."""
    return eventually(lambda: status(world)["sessions"], "the sessions")


def test_an_answer_that_nobody_asked_for_is_none(home: Home) -> None:
    """Somebody guesses the numbers of the daemon's questions to logind and polkit."""
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    with world.client() as client, authenticated(world.address) as connection:
        number = begun(client)
        for serial in range(1, 2000):
            forged = Message(
                destination=client._owner,
                message_type=MessageType.METHOD_RETURN,
                reply_serial=serial,
                signature="(bba{ss})",
                body=[[True, False, {}]],
                serial=serial + 1,
            )
            # The bus may have had enough of us before the end.
            with contextlib.suppress(OSError):
                connection.sendall(bytes(forged._marshall(negotiate_unix_fd=False)))
        client.call("StopVerify", number)
        assert finish(client, number).reason == "stopped"
    assert home.unlocks() == 0
    assert world.log == ""


def test_many_subscribers_of_one_user_do_not_take_the_places_of_all(home: Home) -> None:
    world = home.start()
    clients = [world.client() for _ in range(33)]
    try:
        for client in clients[:32]:
            client.call("Subscribe")
        with refused(api.Error.TOO_MANY_REQUESTS):
            clients[32].call("Subscribe")
        clients[0].call("Subscribe")
        clients[0].close()
        eventually(lambda: _subscribes(clients[32]), "a place that became free")
    finally:
        for client in clients:
            client.close()


def _subscribes(client: Client) -> bool:
    try:
        client.call("Subscribe")
    except DaemonError:
        return False
    return True


_ODD_NAMES = "0", str(UID), f"{ME}/", f"./{ME}", f"{ME}\u202e", "\u0430da", f"{ME} ", "*", "%00"


def test_odd_names_are_nobodys(home: Home) -> None:
    world = home.start()
    answers = {}
    with world.client() as client:
        for name in _ODD_NAMES:
            with pytest.raises(DaemonError) as caught:
                attempt(client, name)
            answers[name] = caught.value.error
    nobody = {
        api.Error.INVALID_ARGUMENTS,
        api.Error.NOT_ENROLLED,
        api.Error.NOT_PERMITTED,
    }
    assert {name: said for name, said in answers.items() if said not in nobody} == {}
    assert not world.verdicts("matched")


def test_a_lid_that_was_closed_long_ago_did_not_lock(home: Home) -> None:
    world = home.start()
    home.lock("1")
    eventually(lambda: home.unlocks() == 1, "the unlock")
    world.logind("SetLid", "b", True)
    eventually(lambda: _obstacle(world) in ("LidClosed",), "the lid to be seen")
    home.set_session("1", LockedHint=Variant("b", False))
    world.logind("SetLid", "b", False)
    home.lock("1", idle=False)
    stays(lambda: home.unlocks() == 1, 2 * QUIET, "the lock")
    eventually(lambda: _obstacle(world) == "AbsenceNeeded", "a lock by hand")


def test_closing_the_lid_is_no_locking_by_hand(home: Home) -> None:
    world = home.start()
    world.logind("SetLid", "b", True)
    home.lock("1", idle=False)
    eventually(lambda: _obstacle(world) == "LidClosed", "the lock")
    world.logind("SetLid", "b", False)
    eventually(lambda: home.unlocks() == 1, "the unlock")


def test_a_closed_lid_beside_another_screen_locks_nothing(home: Home) -> None:
    world = home.start()
    world.logind("SetLid", "b", True)
    world.logind("SetDocked", "b", True)
    home.lock("1", idle=False)
    eventually(lambda: _obstacle(world) == "LidClosed", "the lock")
    world.logind("SetLid", "b", False)
    stays(lambda: home.unlocks() == 0, 2 * QUIET, "the lock")


def _obstacle(world: World) -> object:
    sessions: Any = status(world)["sessions"]
    return sessions[0]["obstacle"]

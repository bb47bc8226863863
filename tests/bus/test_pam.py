"""What PAM runs, against the real daemon: yes for the owner alone, and one line for every no."""

import itertools
import os
import signal
from collections.abc import Callable
from typing import Any

from dbus_fast import Message, MessageType, Variant

from daemon import api
from daemon.clients.pam import asking
from tests.bus.other import needs_root
from tests.bus.peer import Peer
from tests.bus.world import ME, PATIENCE, Home, World, eventually

pytestmark = needs_root

LOOKING = "looking for your face"
HANGS = "no face now: the service of Facelatch does not answer"
NOBODY = "no face now: nobody was in the picture, or the face was covered"


def _address(world: World) -> bytes:
    """That of the bus, as sockets take it."""
    return b"\0" + f"{world.folder}/bus".encode()


def _look(
    world: World,
    *,
    seconds: float = PATIENCE,
    say: Callable[[str], None] | None = None,
    **more: str,
) -> tuple[bool, list[str]]:
    """Whether we are recognised, and the lines for the person."""
    lines: list[str] = []

    def heard(line: str) -> None:
        lines.append(line)
        if say is not None:
            say(line)

    said = {"PAM_USER": ME, "PAM_SERVICE": "su-test", "PAM_TTY": "/dev/pts/3", **more}
    environment = {name.encode(): value.encode() for name, value in said.items()}
    return asking.recognised(environment, seconds, heard, _address(world)), lines


def test_the_owner_and_the_journal(home: Home) -> None:
    world = home.start()
    assert _look(world) == (True, [LOOKING])
    (entry,) = eventually(lambda: world.verdicts("matched"), "an entry")
    assert "service su-test" in entry["FACELATCH_REQUESTER"]
    assert "terminal /dev/pts/3" in entry["FACELATCH_REQUESTER"]


def test_a_stranger_and_nobody(home: Home) -> None:
    home.configure("camera", source='"demo:stranger"')
    world = home.start()
    assert _look(world) == (False, [LOOKING, "no face now: not recognised"])
    home.configure("camera", source='"demo:empty"')
    home.configure("requests", attempt_seconds="5")
    home.write()
    with world.client() as client:
        client.call("Reload")
    assert _look(world) == (False, [LOOKING, NOBODY])


def test_at_once_where_nobody_may_look(home: Home) -> None:
    world = home.start()
    assert _look(world, PAM_RHOST="far.example.org") == (
        False,
        ["no face now: the user is at another machine; use the password"],
    )
    assert _look(world, SSH_CONNECTION="10.0.0.1 22 10.0.0.2 22")[0] is False
    unknown = _look(world, PAM_USER="no-such-user")
    assert unknown == (False, ["no face now: there is no such user"])
    home.set_session("1", Remote=Variant("b", True))
    assert _look(world) == (
        False,
        ["no face now: the session is a remote one; use the password"],
    )
    home.set_session("1", Remote=Variant("b", False))
    world.logind("SetLid", "b", True)
    assert _look(world) == (False, ["no face now: the lid is closed"])


def test_no_service_and_one_that_goes(home: Home) -> None:
    absent = (False, ["no face now: the service of Facelatch does not run"])
    assert _look(home.world) == absent
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    daemon = world.daemon
    assert daemon is not None
    ended = _look(world, say=lambda line: daemon.kill() if line == LOOKING else None)
    assert ended == (False, [LOOKING, "no face now: the service of Facelatch has ended"])


def test_a_service_that_hangs(home: Home) -> None:
    world = home.start()
    assert world.daemon is not None
    world.daemon.send_signal(signal.SIGSTOP)
    try:
        # The kernel would end the test where more than its first second were waited for.
        assert _look(world) == (False, [HANGS])
    finally:
        world.daemon.send_signal(signal.SIGCONT)


def test_another_program_cannot_answer_for_the_service(home: Home) -> None:
    """Signals that say yes, from somebody who is not the service, count for nothing."""
    home.configure("camera", source='"demo:empty"')
    home.configure("requests", attempt_seconds="5")
    world = home.start()
    forged: list[tuple[str, str, list[Any]]] = [
        ("VerifyFinished", "ussa{sv}", [number, "matched", "recognised", {}])
        for number in range(1, 4)
    ]
    forged.append(("NameOwnerChanged", "sss", [api.BUS_NAME, ":1.1", ""]))

    def forge(line: str) -> None:
        if line != LOOKING:
            return
        with Peer(world.address) as peer:
            for client, (member, signature, body) in itertools.product(range(60), forged):
                message = Message(f":1.{client}", api.OBJECT_PATH, api.INTERFACE_NAME, member)
                message.message_type = MessageType.SIGNAL
                message.signature, message.body = signature, body
                peer.send(message)

    assert _look(world, say=forge) == (False, [LOOKING, NOBODY])


def test_a_password_that_was_right_opens_what_failed_attempts_closed(home: Home) -> None:
    home.configure("attempts", before_pause="1", before_password="1")  # noqa: S106
    home.configure("camera", source='"demo:stranger"')
    world = home.start()
    assert _look(world)[0] is False
    locked = "no face now: too many attempts failed; use the password once"
    assert _look(world) == (False, [locked])
    said = {b"PAM_USER": ME.encode(), b"PAM_SERVICE": b"su-test"}
    asking.password_used(asking.named(said), _address(world))
    assert _look(world)[1][0] == LOOKING


def test_telling_of_a_password_where_there_is_no_service(home: Home) -> None:
    said = {b"PAM_USER": ME.encode(), b"PAM_SERVICE": b"su-test"}
    asking.password_used(asking.named(said), _address(home.world))
    asking.password_used(asking.named(said), bytes(home.world.folder / "none"))
    assert os.getuid() == 0

"""Every no of the daemon, in the contract's words."""

import os
import subprocess
import sys

import pytest
from dbus_fast import Message, MessageType, Variant

from daemon import api
from daemon.api import Error
from enroll.template import Appearance
from tests.bus.asking import attempt, refused, short_attempt
from tests.bus.peer import Peer
from tests.bus.world import ME, UID, Home, World, eventually
from tests.data import ROOT

OTHER = "nobody" if ME != "nobody" else "root"


def ask(world: World, member: str, signature: str = "", *body: object) -> Message:
    """Any call, right or wrong."""
    with Peer(world.address) as peer:
        return peer.say(
            Message(
                api.BUS_NAME,
                api.OBJECT_PATH,
                api.INTERFACE_NAME,
                member,
                signature=signature,
                body=list(body),
            )
        )


def test_remote_inactive_and_no_session(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        home.set_session("1", Remote=Variant("b", True))
        with refused(Error.REMOTE_SESSION):
            attempt(client)
        home.set_session("1", Remote=Variant("b", False), Active=Variant("b", False))
        with refused(Error.INACTIVE_SESSION):
            attempt(client)
        world.logind("EndSession", "s", "1")
        world.logind("SetSessionOfProcesses", "s", "")
        with refused(Error.NO_SESSION):
            attempt(client)


def test_a_closed_lid(home: Home) -> None:
    world = home.start()
    world.logind("SetLid", "b", True)
    with world.client() as client:
        with refused(Error.LID_CLOSED):
            attempt(client)
        world.logind("SetLid", "b", False)
        assert attempt(client).verdict == "matched"


def test_paused(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        client.call("Pause", 0)
        with refused(Error.PAUSED):
            attempt(client)
        client.call("Pause", 1)
        eventually(lambda: client.call("Status")["state"] == "ready", "the end of the pause")
        assert attempt(client).verdict == "matched"


def test_nobody_enrolled_and_another_model(home: Home, owner_appearance: Appearance) -> None:
    world = home.start()
    with world.client() as client:
        client.call("RemoveUser", "")
        with refused(Error.NOT_ENROLLED):
            attempt(client)
        foreign = Appearance(
            "old", owner_appearance.created, "other:1", "euclidean", owner_appearance.embeddings
        )
        home.enrol(foreign)
        with refused(Error.OTHER_MODEL):
            attempt(client)
        with refused(Error.NO_SUCH_APPEARANCE):
            client.call("RemoveAppearance", "", "new")
        assert [one["usable"] for one in client.call("ListAppearances", "")] == [False]


def test_a_user_who_may_not(home: Home) -> None:
    home.configure("unlock", users='["somebody-else"]')
    with home.start().client() as client, refused(Error.NOT_ENABLED):
        attempt(client)


def test_a_store_that_is_damaged(home: Home) -> None:
    world = home.start()
    (file,) = (world.state / "templates").glob("*.templates")
    file.write_bytes(file.read_bytes()[:-1])
    with world.client() as client:
        with refused(Error.STORE_PROBLEM):
            attempt(client)
        with refused(Error.STORE_PROBLEM):
            client.call("ListAppearances", "")


def test_no_model(home: Home) -> None:
    home.configure("recognition", embedder='"facenet-vggface2"')
    world = home.start()
    with world.client() as client:
        assert client.call("Status")["state"] == "no-model"
        with refused(Error.NO_MODEL):
            attempt(client)


def test_no_camera(home: Home) -> None:
    home.configure("camera", source='"/dev/video63"')
    with home.start().client() as client:
        ended = short_attempt(client)
    assert (ended.verdict, ended.reason) == ("undecided", "no-camera")


def test_requests_of_others_and_of_nobody(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    with world.client() as client, world.client() as other:
        number = client.call("StartVerify", "", {})
        with refused(Error.NO_SUCH_REQUEST):
            other.call("StopVerify", number)
        with refused(Error.NO_SUCH_REQUEST):
            client.call("StopVerify", number + 1)
        with refused(Error.NO_SUCH_REQUEST):
            client.call("StopEnrol", number)
        with refused(Error.NO_SUCH_REQUEST):
            client.call("OpenPreview", number)


def test_too_many_requests(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    home.configure("requests", per_user="2", most="3")
    world = home.start()
    with world.client() as client, world.client() as other:
        # We are root, each of whose connections has a share.
        for _ in range(2):
            client.call("StartVerify", "", {})
        with refused(Error.TOO_MANY_REQUESTS):
            client.call("StartVerify", "", {})
        other.call("StartVerify", "", {})
        with refused(Error.TOO_MANY_REQUESTS):
            other.call("StartVerify", "", {})


_WRONG: tuple[tuple[str, str, list[object]], ...] = (
    ("StartVerify", "s", [""]),
    ("StartVerify", "sa{sv}", ["", {"nonsense": Variant("b", True)}]),
    ("StartVerify", "sa{sv}", ["", {"seconds": Variant("s", "ten")}]),
    ("StartVerify", "sa{sv}", ["", {"seconds": Variant("d", float("nan"))}]),
    ("StartVerify", "sa{sv}", ["", {"seconds": Variant("d", -1.0)}]),
    ("StartVerify", "sa{sv}", ["", {"seconds": Variant("d", 1e9)}]),
    ("StartVerify", "sa{sv}", ["", {"service": Variant("s", "x\ny")}]),
    ("StartVerify", "sa{sv}", ["../../etc/shadow", {}]),
    ("StartVerify", "sa{sv}", ["x" * 10_000, {}]),
    ("Pause", "u", [2**32 - 1]),
    ("Pause", "i", [1]),
    ("RemoveAppearance", "ss", ["", ""]),
    ("RenameAppearance", "sss", ["", "default", "a\nb"]),
    ("StartEnrol", "ssa{sv}", ["", "new", {"seconds": Variant("d", 1e6)}]),
    ("StartEnrol", "ssa{sv}", ["", "..", {}]),
    ("Status", "s", ["x"]),
)


def test_wrong_arguments(home: Home) -> None:
    world = home.start()
    for member, signature, body in _WRONG:
        reply = ask(world, member, signature, *body)
        said = (member, signature, body, reply.error_name, reply.body)
        assert reply.message_type is MessageType.ERROR, said
        assert reply.error_name == Error.INVALID_ARGUMENTS.bus_name, said
        (line,) = reply.body
        assert line.isprintable(), said


def test_what_is_not_there(home: Home) -> None:
    world = home.start()
    assert ask(world, "Unlock").error_name == "org.freedesktop.DBus.Error.UnknownMethod"
    with Peer(world.address) as peer:
        properties = "org.freedesktop.DBus.Properties"
        place = (api.BUS_NAME, api.OBJECT_PATH, properties)
        body = [api.INTERFACE_NAME, "State", Variant("s", "ready")]
        reply = peer.say(Message(*place, "Set", signature="ssv", body=body))
        assert reply.error_name == "org.freedesktop.DBus.Error.PropertyReadOnly"
        body = [api.INTERFACE_NAME, "Nothing"]
        reply = peer.say(Message(*place, "Get", signature="ss", body=body))
        assert reply.error_name == "org.freedesktop.DBus.Error.UnknownProperty"


_AS_ANOTHER = """
import os, sys
from daemon.clients.dbus_client import Client, DaemonError
os.setgroups([]); os.setgid(65534); os.setuid(65534)
calls = {
    "StartVerify": (sys.argv[2], {}),
    "ListAppearances": (sys.argv[2],),
    "RemoveAppearance": (sys.argv[2], "default"),
    "RenameAppearance": (sys.argv[2], "default", "mine"),
    "RevertAppearance": (sys.argv[2], ""),
    "RemoveUser": (sys.argv[2],),
    "StartEnrol": (sys.argv[2], "new", {}),
    "Reload": (),
    "Pause": (0,),
    "Resume": (),
    "Wake": (),
}
with Client(sys.argv[1]) as client:
    for member, arguments in calls.items():
        try:
            client.call(member, *arguments)
            print(member, "yes")
        except DaemonError as error:
            print(member, error.error)
    print("ListUsers", client.call("ListUsers"))
    print("sessions", client.call("Status").get("sessions"))
"""


@pytest.mark.skipif(UID != 0, reason="only root can become another user")
def test_another_user_gets_nowhere(home: Home) -> None:
    world = home.start()
    world.logind("SetSessionOfProcesses", "s", "")
    said = subprocess.run(
        [sys.executable, "-c", _AS_ANOTHER, world.address, ME],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert dict(line.split(" ", 1) for line in said) == {
        "StartVerify": "NotPermitted",
        "ListAppearances": "NotAuthorized",
        "RemoveAppearance": "NotAuthorized",
        "RenameAppearance": "NotAuthorized",
        "RevertAppearance": "NotAuthorized",
        "RemoveUser": "NotAuthorized",
        "StartEnrol": "NoSession",
        "Reload": "NotAuthorized",
        "Pause": "NoSession",
        "Resume": "NoSession",
        "Wake": "NoSession",
        "ListUsers": "[]",
        "sessions": "[]",
    }

"""Only a camera that is known is looked through: not one that was plugged in to play the owner."""

import json
from typing import Any

import pytest
from dbus_fast import Variant

from daemon.api import Action, Error
from enroll.store.binding import login_account
from enroll.store.store import TemplateStore
from enroll.template import Appearance
from tests.bus.asking import attempt, refused, short_attempt
from tests.bus.other import as_other, log_in_other, needs_root
from tests.bus.test_clients import facelatch
from tests.bus.test_life import status
from tests.bus.world import ME, PATIENCE, Home, World, eventually

OWN: dict[str, Any] = {
    "path": "/dev/video0",
    "port": "usb-1",
    "connection": 7,
    "built_in": True,
    "shows": "owner",
}
EMPTY = OWN | {"shows": "empty"}
PLUGGED = OWN | {
    "path": "/dev/video4",
    "port": "usb-2",
    "connection": 9,
    "built_in": False,
    "infrared": True,
}
LOOPBACK = PLUGGED | {"driver": "v4l2 loopback", "path": "/dev/video8"}


@pytest.fixture
def home(world: World, owner_appearance: Appearance) -> Home:
    """We are enrolled and logged in; polkit allows us everything."""
    home = Home(world)
    home.enrol(owner_appearance)
    home.log_in("1")
    world.polkit("SetAllowed", "as", [one.value for one in Action])
    return home


def trusting(home: Home, *cameras: dict[str, Any]) -> World:
    """The daemon runs, and trusts these."""
    home.plug(*cameras)
    world = home.start()
    with world.client() as client:
        for camera in cameras:
            client.call("TrustCamera", camera["path"])
    return world


def problem(world: World) -> str:
    found = status(world)
    return str(found["problem"]) if found["state"] == "no-camera" else ""


def unlock(home: Home) -> None:
    """By the password."""
    home.set_session("1", LockedHint=Variant("b", False))


def listed(world: World) -> list[dict[str, Any]]:
    with world.client() as client:
        rows: list[dict[str, Any]] = client.call("ListCameras")
    return rows


def test_a_camera_that_appears_while_locked_is_not_taken(home: Home) -> None:
    world = trusting(home, OWN | {"built_in": False})
    home.plug(EMPTY | {"built_in": False})
    home.lock("1")
    eventually(lambda: status(world)["state"] == "watching", "a watch")
    # It plays the owner, at the owner's port, with all that the owner's camera says of itself.
    home.plug(OWN | {"built_in": False, "connection": 8, "name": "Gadget"})
    eventually(lambda: "plugged in while a session was locked" in problem(world), "the refusal")
    assert home.unlocks() == 0
    unlock(home)
    eventually(lambda: listed(world)[0]["name"] == "Gadget", "the list")
    assert listed(world)[0]["obstacle"] == ""
    home.lock("1")
    eventually(lambda: home.unlocks() == 1, "the unlock, with what was there before the lock")


def test_a_restart_while_locked_forgets_nothing(home: Home) -> None:
    world = trusting(home, EMPTY | {"built_in": False})
    home.lock("1")
    eventually(lambda: status(world)["state"] == "watching", "a watch")
    world.stop_daemon()
    home.plug(OWN | {"built_in": False, "connection": 8})
    world.start_daemon()
    eventually(lambda: "plugged in while a session was locked" in problem(world), "the refusal")
    assert home.unlocks() == 0


def test_one_that_nobody_trusts_is_not_taken(home: Home) -> None:
    world = trusting(home, EMPTY)
    home.plug(PLUGGED)
    with world.client() as client:
        assert short_attempt(client).reason == "no-camera"
        assert "facelatch camera trust /dev/video4" in str(status(world)["problem"])
        eventually(lambda: listed(world)[0]["path"] == "/dev/video4", "the list")
        client.call("TrustCamera", "/dev/video4")
        assert attempt(client).verdict == "matched"


def test_a_loopback_is_not_taken_and_cannot_be_trusted(home: Home) -> None:
    world = trusting(home, EMPTY)
    home.plug(LOOPBACK)
    with world.client() as client:
        assert short_attempt(client).reason == "no-camera"
        eventually(lambda: listed(world)[0]["path"] == LOOPBACK["path"], "the list")
        with refused(Error.INVALID_ARGUMENTS):
            client.call("TrustCamera", LOOPBACK["path"])


def test_the_one_in_the_case_comes_anew_after_a_sleep(home: Home) -> None:
    world = trusting(home, EMPTY)
    home.lock("1")
    eventually(lambda: status(world)["state"] == "watching", "a watch")
    home.sleep(asleep=True)
    home.plug(OWN | {"connection": 8})
    home.sleep(asleep=False)
    eventually(lambda: home.unlocks() == 1, "the unlock")


def test_one_that_is_trusted_no_more_is_let_go(home: Home) -> None:
    world = trusting(home, EMPTY)
    home.lock("1")
    eventually(lambda: status(world)["state"] == "watching", "a watch")
    with world.client() as client:
        client.call("ForgetCamera", "/dev/video0")
        eventually(lambda: "nobody has said that it is trusted" in problem(world), "the refusal")
        with refused(Error.NO_SUCH_CAMERA):
            client.call("ForgetCamera", "/dev/video0")


def test_before_anybody_is_enrolled_any_will_do_and_the_first_enrolment_trusts(
    world: World,
) -> None:
    home = Home(world)
    home.log_in("1")
    world.polkit("SetAllowed", "as", [one.value for one in Action])
    home.plug(OWN)
    home.start()
    with world.client() as client:
        client.call("StartEnrol", "", "default", {})
        outcomes = (
            heard.values[1:3]
            for heard in client.signals(seconds=PATIENCE)
            if heard.name == "EnrolFinished"
        )
        assert next(outcomes) == ("enrolled", "")
        (appearance,) = client.call("ListAppearances", "")
        assert appearance["camera"] == "uvcvideo at usb-1"
        (row,) = client.call("ListCameras")
        assert (row["trusted"], row["obstacle"]) == (True, "")
    store = TemplateStore(world.state / "templates", account=login_account)
    assert store.load(ME).appearances[0].camera == "uvcvideo at usb-1"
    kept = json.loads((world.state / "cameras.json").read_text())
    assert kept["trusted"] == [["usb-1", "", "", "", "uvcvideo"]]


def test_a_new_one_is_offered_once_to_the_owner_who_sits_here(home: Home) -> None:
    world = trusting(home, EMPTY)
    with world.client() as client:
        client.call("Subscribe")
        home.lock("1")
        home.plug(EMPTY, PLUGGED, LOOPBACK)
        eventually(lambda: len(listed(world)) == 3, "the list")
        unlock(home)
        events = (heard.values for heard in client.signals(seconds=PATIENCE))
        offered = next(one for one in events if one[0] == "camera-offered")
        assert offered[1] == {"camera": "Camera", "path": "/dev/video4"}
    world.stop_daemon()
    kept = json.loads((world.state / "cameras.json").read_text())
    assert kept["offered"] == [["usb-2", "", "", "", "uvcvideo"]]


@needs_root
def test_whom_polkit_does_not_allow_changes_nothing(home: Home) -> None:
    world = trusting(home, EMPTY)
    log_in_other(home)
    world.polkit("SetAllowed", "as", [])
    calls = [(member, "/dev/video0") for member in ("TrustCamera", "ForgetCamera")]
    assert [said.error for said in as_other(world, *calls)] == [Error.NOT_AUTHORIZED] * 2
    assert [row["trusted"] for row in listed(world)] == [True]
    world.polkit("SetAllowed", "as", [Action.MANAGE_CAMERAS.value])
    assert as_other(world, ("ForgetCamera", "/dev/video0"))[0].error == ""
    assert [row["trusted"] for row in listed(world)] == [False]


@needs_root
def test_who_does_not_sit_here_is_told_nothing(home: Home) -> None:
    world = trusting(home, EMPTY)
    log_in_other(home)
    home.set_session("7", Active=Variant("b", False))
    world.polkit("SetAllowed", "as", [Action.MANAGE_CAMERAS.value])
    said = as_other(world, ("ListCameras",), ("TrustCamera", "/dev/video0"))
    assert [one.error for one in said] == [Error.INACTIVE_SESSION] * 2


def test_the_commands_list_trust_and_forget(home: Home) -> None:
    world = trusting(home, EMPTY)
    home.plug(EMPTY, PLUGGED)
    eventually(lambda: len(listed(world)) == 2, "the list")
    table = facelatch(world, "camera", "list").stdout.splitlines()
    assert "/dev/video4" in table[-1]
    assert table[-1].rstrip().endswith("nobody has said that it is trusted")
    assert facelatch(world, "camera", "trust", "/dev/video4").returncode == 0
    rows = json.loads(facelatch(world, "camera", "list", "--json").stdout)
    assert [row["trusted"] for row in rows] == [True, True]
    assert facelatch(world, "camera", "forget", "uvcvideo at usb-1").returncode == 0
    assert [row["trusted"] for row in listed(world)] == [False, True]
    wrong = facelatch(world, "camera", "trust", "/dev/video77")
    assert (wrong.returncode, "no such camera" in wrong.stderr) == (2, True)

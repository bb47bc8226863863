"""Cameras that become something else in the middle: no unlock, no crash, and all goes on."""

from tests.bus.asking import attempt, begun, finish, short_attempt
from tests.bus.test_known_cameras import EMPTY, OWN, home, problem, trusting
from tests.bus.test_life import status
from tests.bus.world import Home, eventually

__all__ = ["home"]


def test_a_picture_of_another_size_with_every_frame_recognises_nobody(home: Home) -> None:
    home.stage("resizing")
    world = home.start()
    with world.client() as client:
        ended = attempt(client)
        assert (ended.verdict, ended.reason) == ("undecided", "camera-lost")
        home.lock("1")
        eventually(lambda: "changed its picture's size" in problem(world), "the camera to be lost")
        assert home.unlocks() == 0
        assert client.call("Status")["failed-attempts"] == 0
    home.stage("owner")
    eventually(lambda: home.unlocks() == 1, "the unlock")
    assert world.log == ""


def test_one_that_becomes_another_at_the_same_path_recognises_nobody(home: Home) -> None:
    world = trusting(home, EMPTY)
    with world.client() as client:
        number = begun(client)
        home.plug(OWN | {"port": "usb-9", "connection": 12})
        ended = finish(client, number)
        assert (ended.verdict, ended.reason) == ("undecided", "camera-lost")
        assert short_attempt(client).reason == "no-camera"
        home.lock("1")
        eventually(lambda: "nobody has said that it is trusted" in problem(world), "the refusal")
    assert home.unlocks() == 0
    assert world.log == ""


def test_one_that_changes_its_formats_is_another_camera(home: Home) -> None:
    """It was trusted as a colour camera; now it calls itself infrared, and shows colour."""
    home.configure("camera", infrared='"only"')
    liar = OWN | {"infrared": True, "formats": ["GREY"]}
    home.plug(liar)
    world = home.start()
    with world.client() as client:
        client.call("TrustCamera", liar["path"])
        ended = attempt(client)
        assert (ended.verdict, ended.reason) == ("undecided", "camera-lost")
        eventually(lambda: not client.call("ListCameras")[0]["infrared"], "the list")
        assert short_attempt(client).reason == "no-camera"
    assert status(world)["locked-out"] is False
    assert home.unlocks() == 0
    assert world.log == ""

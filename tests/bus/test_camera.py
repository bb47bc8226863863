"""A camera that is busy, unplugged or frozen, before an attempt and in the middle of one."""

from tests.bus.asking import attempt, begun, finish, short_attempt
from tests.bus.test_life import status
from tests.bus.world import Home, eventually


def test_a_busy_camera_is_reported_and_taken_when_it_is_free(home: Home) -> None:
    home.stage("busy")
    world = home.start()
    with world.client() as client:
        assert short_attempt(client).reason == "camera-busy"
        home.lock("1")
        eventually(lambda: status(world)["state"] == "camera-busy", "the state")
        assert "in use" in str(status(world)["problem"])
        home.stage("owner")
        eventually(lambda: home.unlocks() == 1, "the unlock")
        assert status(world)["problem"] == ""


def test_an_attempt_waits_for_a_busy_camera(home: Home) -> None:
    home.stage("busy")
    world = home.start()
    with world.client() as client:
        number = client.call("StartVerify", "", {"seconds": 60.0})
        eventually(lambda: status(world)["state"] == "camera-busy", "the state")
        home.stage("owner")
        ended = finish(client, number)
    assert ended.verdict == "matched"
    assert ended.progress[0] == "waiting"


def test_a_camera_lost_in_the_middle_of_an_attempt_ends_it(home: Home) -> None:
    home.stage("empty")
    world = home.start()
    with world.client() as client:
        number = begun(client)
        home.stage("gone")
        assert finish(client, number).reason == "camera-lost"
        assert short_attempt(client).reason == "no-camera"
        home.stage("owner")
        assert attempt(client).verdict == "matched"


def test_a_watch_goes_on_when_a_lost_camera_is_back(home: Home) -> None:
    home.stage("empty")
    world = home.start()
    home.lock("1")
    eventually(lambda: status(world)["state"] == "watching", "a watch")
    home.stage("gone")
    eventually(lambda: status(world)["state"] == "no-camera", "the loss")
    home.stage("owner")
    eventually(lambda: home.unlocks() == 1, "the unlock")


def test_a_camera_that_freezes_ends_the_attempt(home: Home) -> None:
    home.stage("empty")
    world = home.start()
    with world.client() as client:
        number = begun(client, seconds=60.0)
        home.stage("frozen")
        assert finish(client, number).reason == "camera-lost"
        home.stage("owner")
        assert attempt(client).verdict == "matched"


def test_what_was_seen_before_the_loss_counts_no_more(home: Home) -> None:
    # The owner leaves with the camera; what comes back shows a stranger.
    home.stage("owner")
    world = home.start()
    with world.client() as client:
        assert attempt(client).verdict == "matched"
        home.stage("gone")
        # The camera of the attempt before may still be open, and is lost rather than missing.
        assert short_attempt(client).reason in ("camera-lost", "no-camera")
        home.stage("stranger")
        assert attempt(client).verdict == "not-matched"
    assert world.log == ""

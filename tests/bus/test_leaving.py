"""Leaving and coming back: the real service looks, has it locked, and lets its owner in."""

from daemon import api
from tests.bus.asking import attempt
from tests.bus.peer import Peer
from tests.bus.test_events import until
from tests.bus.test_life import status
from tests.bus.world import Home, eventually


def test_who_leaves_is_locked_out_and_who_comes_back_is_let_in(home: Home) -> None:
    home.stage("empty")
    home.configure("leave", seconds="10", look_every="1")
    world = home.start()
    with world.client() as agent:
        agent.call("Subscribe")
        agent.call("ReportUse", {"idle-seconds": 0.0})
        assert status(world)["state"] == "ready"
        agent.call("ReportUse", {"idle-seconds": 5.0})
        eventually(lambda: status(world)["state"] == "minding", "looks now and then")
        told = until(agent, "lock")
        assert told[0][0] == "leaving"
        assert 0.0 <= told[0][1]["seconds"] <= 5.0
        assert told[-1][1] == {"session": "1"}
        # As a desktop locks that nobody would call idle yet: no absence need be seen.
        home.lock("1", idle=False)
        until(agent, "leaving")
        home.stage("owner")
        eventually(lambda: home.unlocks() == 1, "the unlock")


def test_who_is_there_is_not_locked_out_and_the_camera_rests_between_looks(home: Home) -> None:
    home.stage("owner")
    home.configure("leave", seconds="10", look_every="1")
    world = home.start()
    with world.client() as agent, world.client() as client:
        agent.call("Subscribe")
        agent.call("ReportUse", {"idle-seconds": 5.0})
        eventually(lambda: client.call("Status")["camera-on"], "a look")
        eventually(lambda: not client.call("Status")["camera-on"], "the end of the look")
        eventually(lambda: client.call("Status")["camera-on"], "another look")
        agent.call("ReportUse", {"idle-seconds": 0.0})
        eventually(lambda: not client.call("Status")["camera-on"], "a closed camera")
        # What came in between were no warnings.
        client.call("Pause", 60)
        assert [one.name for one in agent.signals(seconds=0.2) if one.name == "Event"] == []


def test_who_is_there_is_told_to_the_session_s_own_user(home: Home) -> None:
    home.stage("owner")
    home.configure("presence", publish="true", look_every="1")
    world = home.start()
    with world.client() as agent, Peer(world.address) as peer:
        agent.call("Subscribe")
        agent.call("ReportUse", {"idle-seconds": 5.0})
        (_, details) = until(agent, "presence")[-1]
        assert details == {"session": "1", "presence": "owner", "attentive": True}
        where = api.BUS_NAME, f"{api.SESSION_PATH}/1", "org.freedesktop.DBus.Properties"
        presence = api.SESSION_INTERFACE, "Presence"
        assert peer.call(*where, "Get", "ss", *presence).value == "owner"


def test_at_the_fastest_pace_the_camera_stays_open_and_an_attempt_has_it_at_once(
    home: Home,
) -> None:
    home.stage("owner")
    home.configure("presence", publish="true", look_every="0.5")
    world = home.start()
    with world.client() as agent, world.client() as client:
        agent.call("Subscribe")
        agent.call("ReportUse", {"idle-seconds": 5.0})
        assert until(agent, "presence")[-1][1]["presence"] == "owner"
        home.stage("empty")
        while until(agent, "presence")[-1][1]["presence"] != "nobody":
            pass
        home.stage("owner")
        assert client.call("Status")["camera-on"]
        assert attempt(client).verdict == "matched"
        while until(agent, "presence")[-1][1]["presence"] != "owner":
            pass
        assert client.call("Status")["camera-on"]
        agent.call("ReportUse", {"idle-seconds": 0.0})
        eventually(lambda: not client.call("Status")["camera-on"], "a closed camera")

"""What a subscribed client is told about its own user, and nobody else's."""

from typing import Any

from daemon.clients.dbus_client import Client
from enroll.template import Appearance
from tests.bus.asking import attempt
from tests.bus.other import as_other, log_in_other, needs_root, other_name
from tests.bus.world import ME, PATIENCE, Home, eventually


def until(client: Client, event: str) -> list[tuple[str, dict[str, Any]]]:
    """The events up to the first of that name."""
    told: list[tuple[str, dict[str, Any]]] = []
    for heard in client.signals(seconds=PATIENCE):
        if heard.name == "Event":
            told.append(heard.values)
        if told and told[-1][0] == event:
            return told
    raise AssertionError(f"waited in vain for {event}; told: {told}")


def test_failed_attempts_are_told_up_to_the_password(home: Home) -> None:
    home.configure("camera", source='"demo:stranger"')
    home.configure("attempts", before_pause="1", before_password="2", first_pause_seconds="1")  # noqa: S106
    world = home.start()
    with world.client() as watcher, world.client() as client:
        watcher.call("Subscribe")
        details = attempt(client).details
        assert 0.0 < details["retry-after-seconds"] <= 1.0
        assert "locked-out" not in details
        told = until(watcher, "attempts-paused")
        assert told[0] == ("refused", {"count": 1})
        assert 0.0 < told[1][1]["retry-after-seconds"] <= 1.0
        eventually(lambda: not client.call("Status")["retry-after-seconds"], "the next attempt")
        details = attempt(client).details
        assert details["locked-out"] is True
        assert "retry-after-seconds" not in details
        assert until(watcher, "locked-out") == [("refused", {"count": 2}), ("locked-out", {})]
        client.call("PasswordUsed", ME)
        assert until(watcher, "cleared")[-1] == ("cleared", {})


def test_an_unlock_is_told_with_the_time_away(home: Home) -> None:
    world = home.start()
    with world.client() as watcher:
        watcher.call("Subscribe")
        home.lock("1")
        (_, details) = until(watcher, "unlocked")[-1]
    assert details["session"] == "1"
    assert details["away-seconds"] > 0.0
    assert not {"distance", "threshold"} & details.keys()


def test_appearances_that_change_are_told(home: Home) -> None:
    world = home.start()
    with world.client() as watcher, world.client() as client:
        watcher.call("Subscribe")
        client.call("RenameAppearance", "", "default", "glasses")
        assert until(watcher, "appearances-changed") == [("appearances-changed", {})]
        client.call("RemoveAppearance", "", "glasses")
        assert until(watcher, "appearances-changed") == [("appearances-changed", {})]
        client.call("StartEnrol", "", "new", {"seconds": 60.0})
        assert until(watcher, "enrolled") == [("enrolled", {})]


def test_who_unsubscribes_is_told_nothing_more(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        client.call("Subscribe")
        client.call("Unsubscribe")
        client.call("RenameAppearance", "", "default", "glasses")
        assert attempt(client).verdict == "matched"
        assert [one for one in client.signals(seconds=0.5) if one.name == "Event"] == []


@needs_root
def test_others_are_told_nothing(home: Home, owner_appearance: Appearance) -> None:
    home.enrol(owner_appearance, other_name())
    world = home.start()
    with world.client() as client:
        client.call("Subscribe")
        log_in_other(home)
        assert as_other(world, ("SetUnlocking", False))[0].error == ""
        client.call("SetUnlocking", False)
        assert until(client, "switched") == [("switched", {"unlocking": False})]
        assert [one for one in client.signals(seconds=0.5) if one.name == "Event"] == []

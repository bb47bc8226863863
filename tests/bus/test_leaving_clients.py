"""A client that leaves while the store is busy: what it began is done, and is known to whoever it
concerns.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dbus_fast import Message

from daemon import api
from enroll.template import Appearance
from tests.bus.peer import Peer
from tests.bus.test_life import status
from tests.bus.world import ME, Home, World, eventually, has_owner
from tests.waiting import stays


@contextmanager
def _busy(world: World) -> Iterator[None]:
    """Another program writes to the store until the end."""
    with (world.state / "templates" / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _waits_for_store(world: World) -> bool:
    assert world.daemon is not None
    for one in Path(f"/proc/{world.daemon.pid}/fd").iterdir():
        try:
            found = one.readlink()
        except FileNotFoundError:
            continue
        if found == world.state / "templates" / "lock":
            return True
    return False


def test_a_face_whose_remover_left_opens_nothing(home: Home, owner_appearance: Appearance) -> None:
    home.enrol(replace(owner_appearance, name="other", embeddings=-owner_appearance.embeddings))
    home.stage("empty")
    world = home.start()
    home.lock("1")
    eventually(lambda: status(world)["camera-on"], "a watch")
    with world.client() as watcher:
        watcher.call("Subscribe")
        with _busy(world):
            with Peer(world.address) as leaves:
                name = str(leaves._bus.connection.unique_name)
                place = (api.BUS_NAME, api.OBJECT_PATH, api.INTERFACE_NAME, "RemoveAppearance")
                leaves.send(Message(*place, signature="ss", body=[ME, "default"]))
                eventually(lambda: _waits_for_store(world), "the removal")
            eventually(lambda: not has_owner(watcher, name), "the end of the client")
            # The service has heard of it when it answers what is asked after it.
            watcher.property("State")
        heard = next(iter(watcher.signals(seconds=60.0)))
        assert heard.values[0] == "appearances-changed"
        assert [one["name"] for one in watcher.call("ListAppearances", "")] == ["other"]
    assert any("'default' removed" in entry["MESSAGE"] for entry in world.entries)
    home.stage("owner")
    stays(lambda: home.unlocks() == 0, 3.0, "the lock")

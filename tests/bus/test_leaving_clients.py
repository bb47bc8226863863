"""A client that leaves while the store is busy: what it began is done, and is known to whoever it
concerns.
"""

from dataclasses import replace

from dbus_fast import Message

from daemon import api
from enroll.template import Appearance
from tests.bus.busy_store import store_busy, waits_for_store
from tests.bus.peer import Peer
from tests.bus.test_life import status
from tests.bus.world import ME, Home, eventually, has_owner
from tests.waiting import stays


def test_a_face_whose_remover_left_opens_nothing(home: Home, owner_appearance: Appearance) -> None:
    home.enrol(replace(owner_appearance, name="other", embeddings=-owner_appearance.embeddings))
    home.stage("empty")
    world = home.start()
    home.lock("1")
    eventually(lambda: status(world)["camera-on"], "a watch")
    with world.client() as watcher:
        watcher.call("Subscribe")
        with store_busy(world):
            with Peer(world.address) as leaves:
                name = str(leaves._bus.connection.unique_name)
                place = (api.BUS_NAME, api.OBJECT_PATH, api.INTERFACE_NAME, "RemoveAppearance")
                leaves.send(Message(*place, signature="ss", body=[ME, "default"]))
                eventually(lambda: waits_for_store(world), "the removal")
            eventually(lambda: not has_owner(watcher, name), "the end of the client")
            # The service has heard of it when it answers what is asked after it.
            watcher.property("State")
        heard = next(iter(watcher.signals(seconds=60.0)))
        assert heard.values[0] == "appearances-changed"
        assert [one["name"] for one in watcher.call("ListAppearances", "")] == ["other"]
    assert any("'default' removed" in entry["MESSAGE"] for entry in world.entries)
    home.stage("owner")
    stays(lambda: home.unlocks() == 0, 3.0, "the lock")

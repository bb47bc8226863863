"""A camera that comes or goes is noticed, and cameras are not asked for nothing."""

from daemon.camera.inventory import Inventory
from tests.daemon.camera.cameras import INFRARED, OWN, FakeDevices


def test_news_are_news_once() -> None:
    devices = FakeDevices(OWN)
    inventory = Inventory(devices)
    assert inventory.look()
    assert not inventory.look()
    devices.cameras = (OWN, INFRARED)
    assert inventory.look()
    assert inventory.cameras == (OWN, INFRARED)
    assert devices.asked == 2


def test_what_changed_and_is_the_same_is_no_news() -> None:
    devices = FakeDevices()
    inventory = Inventory(devices)
    assert not inventory.look()

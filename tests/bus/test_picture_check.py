"""CheckCamera: which way up the camera hangs, over the bus."""

import pytest

from daemon.api import Error
from enroll.template import Appearance
from tests.bus.asking import refused
from tests.bus.world import Home, World


@pytest.fixture
def home(world: World, owner_appearance: Appearance) -> Home:
    """We are enrolled and logged in."""
    home = Home(world)
    home.enrol(owner_appearance)
    home.log_in("1")
    return home


def test_it_says_that_a_face_is_upright_and_recognises_nobody(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        assert client.call("CheckCamera") == ("face-seen", "")
        assert client.call("History", {}) == []
        client.call("Pause", 60)
        with refused(Error.PAUSED):
            client.call("CheckCamera")

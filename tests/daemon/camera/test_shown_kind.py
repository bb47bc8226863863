"""Infrared is what says so by its formats and shows no colour: both, else it is not."""

from dataclasses import replace

import pytest

from daemon.camera.inventory import Inventory
from daemon.camera.opener import CameraOpener
from daemon.camera.shown_kind import DevicesByPictures
from daemon.config import Camera as CameraSettings
from daemon.config import Config
from daemon.errors import SourceError
from daemon.policy.cameras import Known
from daemon.sources.base import FrameSource
from tests.daemon.camera.cameras import INFRARED, OWN, FakeDevices

LIAR = INFRARED
TRUSTED = Known(frozenset({OWN.identity, LIAR.identity}))


class Scene:
    """A machine with a colour camera, and one that calls itself infrared."""

    def __init__(self, wish: str = "prefer") -> None:
        self.machine = FakeDevices(OWN, LIAR)
        self.devices = DevicesByPictures(self.machine)
        config = Config(camera=CameraSettings(source="auto", infrared=wish))
        self.opener = CameraOpener(config, self.devices, lambda: TRUSTED)

    def show_colour(self) -> FrameSource:
        """The camera that calls itself infrared is open, and shows colour."""
        source = self.devices.open(LIAR.path, fps=30.0)
        self.devices.coloured(source)
        return source


def test_what_says_so_and_has_shown_nothing_else_is_infrared() -> None:
    scene = Scene("only")
    assert scene.devices.behind(scene.opener.open()) == INFRARED


def test_what_shows_colour_is_not_whatever_it_says() -> None:
    scene = Scene()
    inventory = Inventory(scene.devices)
    inventory.look()
    source = scene.show_colour()
    assert scene.devices.connected() == [OWN, replace(LIAR, infrared=False)]
    assert scene.devices.behind(source) == replace(LIAR, infrared=False)
    assert inventory.look(), "whoever lists cameras is told"


def test_it_is_preferred_to_nothing_and_not_taken_where_only_infrared_will_do() -> None:
    scene = Scene()
    scene.show_colour()
    assert scene.devices.behind(scene.opener.open()) == OWN
    only = Scene("only")
    source = only.show_colour()
    assert not only.opener.may_use(source)
    with pytest.raises(SourceError, match="the other kind"):
        only.opener.open()


def test_plugged_in_again_it_is_believed_anew() -> None:
    scene = Scene("only")
    scene.show_colour()
    scene.machine.cameras = (OWN, replace(LIAR, connection=99))
    assert scene.devices.connected()[1].infrared


def test_what_calls_itself_coloured_is_not_infrared_however_grey_its_pictures() -> None:
    with pytest.raises(SourceError, match="the other kind"):
        CameraOpener(
            Config(camera=CameraSettings(source="auto", infrared="only")),
            DevicesByPictures(FakeDevices(OWN)),
            lambda: TRUSTED,
        ).open()


def test_no_device_makes_it_remember_without_end() -> None:
    scene = Scene()
    for connection in range(1000):
        scene.machine.cameras = (replace(LIAR, connection=connection),)
        scene.show_colour()
    assert len(str(scene.devices.state())) < 50_000

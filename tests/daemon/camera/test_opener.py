"""Which camera is taken, and what is said where none is."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from daemon.camera.opener import CameraOpener
from daemon.config import Camera as CameraSettings
from daemon.config import Config
from daemon.errors import SourceBusyError, SourceError
from daemon.policy.cameras import Camera, Known
from daemon.sources.base import FrameSource
from tests.daemon.camera.cameras import INFRARED, OWN, FakeDevices

TRUSTED = Known(trusted=frozenset({OWN.identity, INFRARED.identity}))


class Scene:
    """An opener of the cameras of a machine."""

    def __init__(self, *cameras: Camera, known: Known = TRUSTED, source: str = "auto") -> None:
        self.devices = FakeDevices(*cameras)
        self.known = known
        config = Config(camera=CameraSettings(source=source))
        self.opener = CameraOpener(config, self.devices, lambda: self.known)

    def taken(self) -> Camera | None:
        return self.devices.behind(self.opener.open())


def test_infrared_first_of_those_that_are_known() -> None:
    assert Scene(OWN, INFRARED).taken() == INFRARED
    assert Scene(OWN, INFRARED, known=Known(frozenset({OWN.identity}))).taken() == OWN


def test_a_busy_one_is_waited_for_and_no_other_taken() -> None:
    scene = Scene(OWN, INFRARED)
    scene.devices.busy = {INFRARED.path}
    with pytest.raises(SourceBusyError):
        scene.opener.open()


def test_one_that_cannot_be_opened_is_followed_by_the_next() -> None:
    scene = Scene(OWN, INFRARED)
    scene.devices.broken = {INFRARED.path}
    assert scene.taken() == OWN


def test_a_format_that_nobody_decodes_is_passed_over_and_named() -> None:
    depth = replace(INFRARED, formats=("Y8I ",))
    assert Scene(depth, OWN).taken() == OWN
    with pytest.raises(SourceError, match=r"/dev/video2: format Y8I is not supported"):
        Scene(depth).opener.open()


def test_what_nobody_trusts_is_named_with_what_trusts_it() -> None:
    with pytest.raises(SourceError, match="nobody has said that it is trusted") as caught:
        Scene(OWN, known=Known(frozenset())).opener.open()
    assert caught.value.hint == "to trust it: facelatch camera trust /dev/video0"


def test_no_camera_at_all_is_said_so() -> None:
    with pytest.raises(SourceError, match="there is no camera"):
        Scene().opener.open()


class Swapping(FakeDevices):
    """Between the look and the opening another camera gets the path."""

    def open(self, path: str, *, fps: float) -> FrameSource:
        self.cameras = [replace(one, connection=one.connection + 1) for one in self.cameras]
        return super().open(path, fps=fps)


def test_another_camera_at_the_same_path_is_not_taken() -> None:
    opener = CameraOpener(Config(), Swapping(OWN), lambda: TRUSTED)
    with pytest.raises(SourceError, match="became another camera"):
        opener.open()


@pytest.fixture
def opened() -> Iterator[tuple[Scene, FrameSource]]:
    scene = Scene(OWN)
    yield scene, scene.opener.open()


def test_an_open_one_may_be_used_until_it_is_known_no_more(
    opened: tuple[Scene, FrameSource],
) -> None:
    scene, source = opened
    assert scene.opener.may_use(source)
    scene.known = Known(trusted=frozenset())
    assert not scene.opener.may_use(source)


def test_what_the_configuration_names_is_the_administrators_choice() -> None:
    scene = Scene(known=Known(frozenset()), source="demo:empty")
    with scene.opener.open() as source:
        assert scene.opener.may_use(source)

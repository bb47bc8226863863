"""Which camera is taken."""

import pytest

from daemon.camera.opener import preferred
from daemon.sources.v4l2 import Node

COLOUR = Node("/dev/video0", "uvcvideo", "Camera", "usb-1", 1, ("YUYV", "MJPG"))
INFRARED = Node("/dev/video2", "uvcvideo", "Camera", "usb-1", 1, ("GREY",))


@pytest.mark.parametrize(
    ("wish", "order"),
    [
        ("prefer", [INFRARED, COLOUR]),
        ("only", [INFRARED]),
        ("never", [COLOUR]),
    ],
)
def test_infrared_is_known_by_its_formats(wish: str, order: list[Node]) -> None:
    assert preferred([COLOUR, INFRARED], wish) == order

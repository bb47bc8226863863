"""What `facelatch status` says of the camera."""

from typing import Any

import pytest

from daemon.clients.cli.status import _camera

STATUS: dict[str, Any] = {
    "camera": "/dev/video0",
    "infrared": False,
    "camera-on": True,
    "camera-on-seconds": 90.0,
}


@pytest.mark.parametrize(
    ("damaged", "said"), [(0, ""), (7, "; 7 damaged pictures: is its plug loose?")]
)
def test_damaged_pictures_are_counted(damaged: int, said: str) -> None:
    line = _camera({**STATUS, "damaged-pictures": damaged})
    assert line.startswith("/dev/video0, on; on for ")
    assert line.endswith(f"so far{said}")


def test_a_service_of_before_counts_none() -> None:
    assert _camera(STATUS).endswith("so far")

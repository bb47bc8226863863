"""The agent's icon in the trays of GNOME and Plasma, seen on their screens."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from models.types import Image
from tests.machine.desktops.desktops import those
from tests.machine.desktops.seat import Seat
from tests.machine.machine import wait_for
from tests.screenshots import screenshots

pytestmark = pytest.mark.slow

READY, PAUSED = (0x27, 0x67, 0xB0), (0x6B, 0x72, 0x80)
"""Red, green, blue of the icon's ground: drawings/facelatch-ready.svg, facelatch-paused.svg."""
ENOUGH = 60
"""Pixels; an icon has some hundred."""
TOP, BOTTOM = 30, 44
"""Heights of the panels of GNOME and of Plasma."""
PATIENCE = 60.0


@pytest.fixture
def followed(seat: Seat) -> Iterator[Seat]:
    """A seat without an agent, which is ended in the end."""
    yield seat
    seat.end_agent()
    seat.service.ask("Resume")


def _count(picture: Image, colour: tuple[int, int, int]) -> int:
    """Pixels of this colour in the panels at the edges; a notification shows the icon as well."""
    panels = np.vstack([picture[:TOP], picture[-BOTTOM:]]).astype(int)
    blue_first = np.array(colour[::-1], dtype=int)
    return int((np.abs(panels - blue_first).max(axis=2) < 20).sum())


def _keep(picture: Image, name: str) -> None:
    assert cv2.imwrite(str(screenshots() / f"{name}.png"), picture)


@those(lambda desktop: desktop.tray)
def test_the_icon_is_on_the_screen_and_shows_a_pause(followed: Seat) -> None:
    seat, name = followed, followed.desktop.name
    before = {colour: _count(seat.picture(), colour) for colour in (READY, PAUSED)}

    def more(colour: tuple[int, int, int]) -> int:
        return _count(seat.picture(), colour) - before[colour]

    seat.start_agent()
    wait_for(lambda: more(READY) > ENOUGH, PATIENCE, "no icon is on the screen")
    _keep(seat.picture(), f"{name}-ready")
    seat.service.ask("Pause", "u", 60)
    wait_for(lambda: more(READY) < ENOUGH, PATIENCE, "the icon stays as it was")
    wait_for(lambda: more(PAUSED) > ENOUGH, PATIENCE, "no pause is on the screen")
    _keep(seat.picture(), f"{name}-paused")

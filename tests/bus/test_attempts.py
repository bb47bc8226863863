"""Attempts that clients ask for, on a real bus, by the real daemon."""

from pathlib import Path

import cv2
import numpy as np

from tests.bus.asking import attempt, short_attempt
from tests.bus.world import Home


def test_the_owner_is_recognised(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        ended = attempt(client)
    assert (ended.verdict, ended.reason) == ("matched", "recognised")
    assert "face-seen" in ended.progress
    assert set(ended.details) == {"frames", "milliseconds", "stages"}
    assert {"open", "first-frame", "detect", "embed", "decide"} <= ended.details["stages"].keys()


def test_a_stranger_is_not(home: Home) -> None:
    home.configure("camera", source='"demo:stranger"')
    world = home.start()
    with world.client() as client:
        ended = attempt(client, details=True)
    assert (ended.verdict, ended.reason) == ("not-matched", "not-recognised")
    assert ended.details["distance"] > ended.details["threshold"]


def test_a_closed_shutter_is_named(home: Home, tmp_path: Path) -> None:
    black = tmp_path / "black.png"
    assert cv2.imwrite(str(black), np.zeros((240, 320, 3), np.uint8))
    home.configure("camera", source=f'"{black}"')
    world = home.start()
    with world.client() as client:
        ended = short_attempt(client)
    assert (ended.verdict, ended.reason) == ("undecided", "no-face")
    assert ended.details["guidance"] == "picture-is-black"

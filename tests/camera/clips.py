"""Videos and pictures of the demo's people, for the cameras of the machine to play."""

from pathlib import Path

import cv2

from daemon.sources.demo import open_demo
from models.synthetic.clip import FPS
from models.types import Image

_SECONDS = 8.0
_PICTURES = 6
"""Enough for an attempt, few for a machine that is emulated."""


def film(who: str, path: Path) -> None:
    """Every second frame of a clip of the demo ("owner", "stranger", "empty"), as Motion JPEG."""
    if path.exists():
        return
    staging = path.with_name(f"new-{path.name}")
    writer = cv2.VideoWriter(str(staging), cv2.VideoWriter.fourcc(*"MJPG"), FPS / 2, (640, 480))
    assert writer.isOpened()
    for index, image in enumerate(_frames(who)):
        if index % 2 == 0:
            writer.write(image)
    writer.release()
    staging.rename(path)


def photograph(who: str, folder: Path) -> None:
    """Pictures of a clip of the demo, spread over it."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = _frames(who)
    for number in range(_PICTURES):
        image = frames[number * len(frames) // _PICTURES]
        assert cv2.imwrite(str(folder / f"{number:02}.png"), image)


def _frames(who: str) -> list[Image]:
    with open_demo(who, pace=False) as clip:
        frames = []
        while (frame := clip.read()) is not None and frame.time < _SECONDS:
            frames.append(frame.image)
        return frames

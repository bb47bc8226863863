"""The real camera worker with a camera that does as told: `python -m tests.bus.staged CONTROL ...`.

The file CONTROL holds one word: `owner`, `stranger` or `empty` for what is before the camera,
`busy` for another program that has it, `gone` for no camera, `frozen` for one that sends nothing,
`resizing` for the owner in a picture of another size with every frame.
It is read before each frame, so that a camera can be lost in the middle of an attempt. With
`replay` at the start a few tiny frames come again and again, as fast as they are taken; with
`acting` somebody does as told: see `tests.bus.acting`; with `filmed` a camera costs what a real one
does: see `tests.bus.filmed`; with `few` FEW frames of a stranger come, of
which none is passed over, and then none: the file `few-shown` says so.

The file `cameras.json` beside it lists what `auto` finds: each camera with `shows`, such a word.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np

import daemon.sources.open as opening
from daemon.camera.__main__ import main
from daemon.errors import SourceBusyError, SourceError, SourceLostError
from daemon.policy.cameras import Camera, Identity
from daemon.sources.base import BasicSource, Frame, FrameSource
from daemon.sources.demo import Clip, open_demo
from daemon.sources.v4l2 import Node
from models.types import Image
from tests.bus import acting, filmed
from tests.bus.moments import reach

CAMERA = "/dev/video9"
FEW = 16
_REPLAYED = 60
_TINY = (160, 120)


class StagedCamera(BasicSource):
    """A live camera of 30 frames a second."""

    def __init__(self, word: Callable[[], str]) -> None:
        super().__init__(CAMERA, live=True)
        self._word = word
        self._closed = threading.Event()
        self._scenes: dict[str, Clip] = {}
        self._count = 0
        reach("opening")
        if self._word() == "busy":
            raise SourceBusyError(f"{CAMERA} is in use by another program")
        if self._word() == "gone":
            raise SourceError(f"there is no camera {CAMERA}")

    def read(self) -> Frame | None:
        """The next frame of what is before the camera."""
        while True:
            word = self._shown()
            frame = self._scene(word).read()
            if frame is not None:
                break
            del self._scenes[word]
        reach("frame")
        if self._closed.is_set():
            return None
        image = self._resized(frame.image) if word == "resizing" else frame.image
        return replace(frame, image=image, time=time.monotonic())

    def skip(self) -> bool:
        """Passes over it, undrawn."""
        word = self._shown()
        if not self._scene(word).skip():
            del self._scenes[word]
        return not self._closed.is_set()

    def _shown(self) -> str:
        """The word; raises SourceLostError where the camera has gone."""
        while self._word() == "frozen" and not self._closed.wait(0.02):
            pass
        word = self._word()
        if word in ("gone", "busy"):
            raise SourceLostError(f"{CAMERA} was unplugged")
        return word

    def _scene(self, word: str) -> Clip:
        if word not in self._scenes:
            self._scenes[word] = open_demo("owner" if word == "resizing" else word)
        return self._scenes[word]

    def _resized(self, image: Image) -> Image:
        self._count += 1
        return np.ascontiguousarray(image[: -self._count % 64 - 1])

    def close(self) -> None:
        """Ends every read."""
        self._closed.set()
        for scene in list(self._scenes.values()):
            scene.close()


class Replay(BasicSource):
    """Frames without end; how many were taken is written beside the control file."""

    def __init__(self, control: Path) -> None:
        super().__init__(CAMERA, live=False)
        self._count = control.with_suffix(".count")
        self._closed = threading.Event()
        self._index = 0
        with open_demo("empty", pace=False) as clip:
            frames = [clip.read() for _ in range(_REPLAYED)]
        self._frames = [_tiny(one.image) for one in frames if one is not None]

    def read(self) -> Frame | None:
        """The next of the frames."""
        if self._closed.is_set():
            return None
        if self._index % 1000 == 0:
            self._count.write_text(str(self._index))
        image = self._frames[self._index % _REPLAYED].copy()
        self._index += 1
        return Frame(image, self._index / 30.0, self._index)

    def close(self) -> None:
        """Ends it."""
        self._closed.set()


class Few(BasicSource):
    """FEW frames of a stranger, and nothing more until it is closed."""

    def __init__(self, control: Path) -> None:
        super().__init__(CAMERA, live=False)
        self._shown = control.with_name("few-shown")
        self._closed = threading.Event()
        with open_demo("stranger", pace=False) as clip:
            frames = [clip.read() for _ in range(FEW)]
        self._frames = [one for one in frames if one is not None]

    def read(self) -> Frame | None:
        """The next one; asked for one more, all but the last have been analysed."""
        if self._frames:
            return self._frames.pop(0)
        self._shown.touch()
        self._closed.wait()
        return None

    def close(self) -> None:
        """Ends it."""
        self._closed.set()


class StagedDevices:
    """Cameras as a file lists them, read each time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._behind: dict[FrameSource, Camera] = {}

    def _listed(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = json.loads(self._file.read_text())
        return listed

    def connected(self) -> Sequence[Camera]:
        """See Devices."""
        return [_camera(fields) for fields in self._listed()] if self._file.exists() else []

    def state(self) -> object:
        """See Devices."""
        return self.connected()

    def open(self, path: str, *, fps: float) -> FrameSource:  # noqa: ARG002 - see Devices
        """See Devices."""

        camera = next((one for one in self.connected() if one.path == path), None)
        if camera is None:
            raise SourceError(f"there is no camera {path}")

        def word() -> str:
            shown = (one["shows"] for one in self._listed() if _camera(one) == camera)
            return str(next(shown, "gone"))

        source = StagedCamera(word)
        self._behind[source] = camera
        # How a report finds out what it is known by.
        vars(source)["node"] = _node(self._behind[source])
        return source

    def behind(self, source: FrameSource) -> Camera | None:
        """See Devices."""
        return self._behind.get(source)


def _camera(fields: dict[str, Any]) -> Camera:
    identity = Identity(fields["port"], "", "", "", fields.get("driver", "uvcvideo"))
    return Camera(
        path=fields["path"],
        name=fields.get("name", "Camera"),
        identity=identity,
        connection=fields["connection"],
        seat=fields.get("seat", "seat0"),
        built_in=fields.get("built_in", False),
        infrared=fields.get("infrared", False),
        formats=tuple(fields.get("formats", ["MJPG"])),
    )


def _node(camera: Camera) -> Node:
    identity = camera.identity
    return Node(camera.path, identity.driver, camera.name, identity.port, 1, camera.formats)


def _tiny(image: Image) -> Image:
    small: Image = cv2.resize(image, _TINY).astype(np.uint8)
    return small


def stage(control: Path) -> None:
    """Puts the camera in place of the device of that name."""
    real: Any = opening.open_source

    def open_source(text: str, *, pace: bool = True) -> FrameSource:
        if text != CAMERA:
            return cast(FrameSource, real(text, pace=pace))
        if control.read_text() == "replay":
            return Replay(control)
        if control.read_text().startswith(acting.WORD):
            return acting.ActingCamera(CAMERA, lambda: control.read_text().strip())
        if control.read_text() in (filmed.WORD, filmed.EMPTY):
            part = "empty" if control.read_text() == filmed.EMPTY else "owner"
            return filmed.FilmedCamera(CAMERA, part)
        if control.read_text() == "few":
            return Few(control)
        return StagedCamera(lambda: control.read_text().strip())

    opening.open_source = open_source
    if control.read_text().startswith(acting.WORD):
        acting.geometry_alone()


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
    code = main(sys.argv[2:], StagedDevices(Path(sys.argv[1]).with_name("cameras.json")))
    os._exit(code)  # as the worker itself ends

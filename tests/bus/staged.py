"""The real daemon with a camera that does as told: `python -m tests.bus.staged CONTROL daemon ...`.

The file CONTROL holds one word: `owner`, `stranger` or `empty` for what is before the camera,
`busy` for another program that has it, `gone` for no camera, `frozen` for one that sends nothing.
It is read before each frame, so that a camera can be lost in the middle of a look.
"""

import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

import daemon.sources.open as opening
from daemon.clients.cli.main import main
from daemon.errors import SourceBusyError, SourceError, SourceLostError
from daemon.sources.base import Frame, FrameSource
from daemon.sources.basic import BasicSource
from daemon.sources.demo import open_demo

CAMERA = "/dev/video9"
_Scene = Literal["owner", "stranger", "empty"]


class StagedCamera(BasicSource):
    """A live camera of 30 frames a second."""

    def __init__(self, control: Path) -> None:
        super().__init__(CAMERA, live=True)
        self._control = control
        self._closed = threading.Event()
        self._scenes: dict[str, FrameSource] = {}
        if self._word() == "busy":
            raise SourceBusyError(f"{CAMERA} is in use by another program")
        if self._word() == "gone":
            raise SourceError(f"there is no camera {CAMERA}")

    def _word(self) -> str:
        return self._control.read_text().strip()

    def read(self) -> Frame | None:
        """The next frame of what is before the camera."""
        while self._word() == "frozen" and not self._closed.wait(0.02):
            pass
        word = self._word()
        if word in ("gone", "busy"):
            raise SourceLostError(f"{CAMERA} was unplugged")
        scene = self._scenes.get(word) or open_demo(cast(_Scene, word))
        frame = scene.read()
        if frame is None:
            self._scenes.pop(word, None)
            return self.read()
        self._scenes[word] = scene
        return None if self._closed.is_set() else replace(frame, time=time.monotonic())

    def close(self) -> None:
        """Ends every read."""
        self._closed.set()
        for scene in list(self._scenes.values()):
            scene.close()


def stage(control: Path) -> None:
    """Puts the camera in place of the device of that name."""
    real: Any = opening.open_source

    def open_source(text: str, *, pace: bool = True) -> FrameSource:
        return StagedCamera(control) if text == CAMERA else cast(FrameSource, real(text, pace=pace))

    opening.open_source = open_source


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))

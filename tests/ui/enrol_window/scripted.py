"""An enrolment that nobody sits for: events by a script, and a drawn face in the preview.

`python -m tests.ui.enrol_window.scripted STATE [light|dark]` shows the window in one state.
"""

import sys
import threading
from collections.abc import Iterator
from typing import Generic, Self, TypeVar, cast

import cv2
import numpy as np

from daemon.api import Error
from daemon.clients.dbus_client import DaemonError
from daemon.clients.requests import verify
from daemon.clients.requests.enrol import Ended, EnrolOptions, Event, Guided, Trouble
from daemon.clients.requests.preview import Picture
from daemon.clients.windows.theme import Choice
from enroll.guide.prompts import POSES

WIDTH, HEIGHT = 640, 480
_BOX = (0.35, 0.2, 0.3, 0.5)
_SKIN, _SHADE, _HAIR, _DARK, _SHIRT = (
    (150, 190, 232),
    (128, 166, 212),
    (60, 52, 70),
    (52, 44, 48),
    (140, 110, 80),
)


def drawn_face(yaw: float = 0.0, pitch: float = 0.0, number: int = 0) -> Picture:
    """A face of simple shapes that looks `yaw` degrees to the picture's right and `pitch` up."""
    image = np.empty((HEIGHT, WIDTH, 3), dtype=np.uint8)
    image[:] = np.linspace(214, 178, HEIGHT)[:, None, None] * np.array([1.0, 0.97, 0.93])
    x, y = round(1.9 * yaw), round(-2.0 * pitch)
    cv2.ellipse(image, (320, 520), (210, 170), 0, 180, 360, _SHIRT, -1, cv2.LINE_AA)
    cv2.rectangle(image, (282, 320), (358, 400), _SHADE, -1, cv2.LINE_AA)
    cv2.ellipse(image, (320 - x // 4, 205), (124, 150), 0, 0, 360, _HAIR, -1, cv2.LINE_AA)
    cv2.ellipse(image, (320, 235), (104, 134), 0, 0, 360, _SKIN, -1, cv2.LINE_AA)
    cv2.ellipse(image, (320 + x // 3, 122 + y // 3), (96, 44), 0, 180, 360, _HAIR, -1, cv2.LINE_AA)
    for side in (-1, 1):
        eye = (320 + side * 42 + x, 218 + y)
        cv2.ellipse(image, eye, (17, 10), 0, 0, 360, (246, 248, 250), -1, cv2.LINE_AA)
        cv2.circle(image, (eye[0] + x // 8, eye[1]), 8, _DARK, -1, cv2.LINE_AA)
        brow = (eye[0], eye[1] - 20)
        cv2.ellipse(image, brow, (22, 8), 0, 190, 350, _HAIR, 5, cv2.LINE_AA)
    nose = (320 + round(1.5 * x), 256 + round(1.3 * y))
    cv2.ellipse(image, nose, (13, 10), 0, 20, 160, _SHADE, 5, cv2.LINE_AA)
    mouth = (320 + x, 296 + y)
    cv2.ellipse(image, mouth, (30, 14), 0, 15, 165, (92, 92, 178), 5, cv2.LINE_AA)
    return Picture(WIDTH, HEIGHT, number, image[:, :, ::-1].tobytes())


EventT = TypeVar("EventT")


class Scripted(Generic[EventT]):
    """Plays `events`, `pause` seconds apart, and then waits for the end. Satisfies Following."""

    def __init__(self, *events: EventT, pause: float = 0.05) -> None:
        self._events = events
        self._pause = pause
        self._stopped = threading.Event()
        self._picture: Picture | None = None
        self.entered = 0

    @property
    def picture(self) -> Picture | None:
        return self._picture

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def stop(self) -> None:
        self._stopped.set()

    def events(self) -> Iterator[EventT | None]:
        for number, event in enumerate(self._events):
            if isinstance(event, Guided):
                self._picture = drawn_face(event.yaw, event.pitch, number)
            yield event
            if self._stopped.wait(self._pause):
                return
        while not self._stopped.wait(self._pause):
            yield None

    def __enter__(self) -> Self:
        self.entered += 1
        return self

    def __exit__(self, *_: object) -> None:
        return


class Refused(Scripted[Event]):
    """The person dismissed polkit's dialogue."""

    def __enter__(self) -> Self:
        raise DaemonError("polkit did not allow it", Error.NOT_AUTHORIZED)


COVERED = tuple(pose.value for pose in POSES)
ENROLLED = Ended(
    "enrolled",
    "",
    10,
    0.86,
    0.88,
    0.012,
    ("If you wear glasses now and then, add an appearance with them.",),
)
STATES: dict[str, tuple[Event, ...]] = {
    "start": (),
    "begin": (Guided("look-straight", 0.0, (), 0, 0.9, _BOX),),
    "half": (Guided("turn-right", 0.5, COVERED[:2], 9, 0.9, _BOX, yaw=-18.0, pitch=2.0),),
    "nobody": (Guided("move-into-the-picture", 0.2, COVERED[:1], 3),),
    "end": (ENROLLED,),
    "busy": (Trouble("another program has the camera: close it"),),
    "failed": (Ended("failed", "somebody else came before the camera; begin again, alone"),),
}


ATTEMPTS: dict[str, tuple[verify.Event, ...]] = {
    "verify-looking": (verify.Progressed("face-seen", "green", 0.8),),
    "verify-yes": (
        verify.Progressed("face-seen", "green", 0.8),
        verify.Decided("matched", "recognised", "", 640.0),
    ),
    "verify-no": (verify.Decided("not-matched", "not-recognised", "", 2400.0),),
    "verify-unknown": (verify.Decided("undecided", "no-usable-face", "too-dark", 5000.0),),
}


def main() -> int:
    """Shows one state until it is closed."""
    from daemon.clients import gtk
    from daemon.clients.windows.enrol import EnrolWindow
    from daemon.clients.windows.verify import VerifyWindow

    state, theme = sys.argv[1], cast(Choice, (*sys.argv[2:], "light")[0])
    if state in ATTEMPTS:
        attempt = Scripted(*ATTEMPTS[state])
        test = VerifyWindow(gtk.load(), "", 10.0, theme=theme, connect=lambda *_: attempt)
        test.begin()
        test.run()
        return 0
    scripted = Refused() if state == "refused" else Scripted(*STATES[state])
    window = EnrolWindow(
        gtk.load(), EnrolOptions("default"), theme=theme, connect=lambda _: scripted
    )
    if state != "start":
        window.post(window.begin)
    window.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

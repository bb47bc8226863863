"""The live picture in a window of OpenCV's."""

import os

import cv2

from daemon.errors import DisplayError
from daemon.overlay import draw
from daemon.recogniser import Observation
from models.types import Image

_TITLE = "Facelatch"
_KEYS_THAT_CLOSE = (ord("q"), 27)


class LiveWindow:
    """Shows frames with what was recognised. All calls from one thread.

    Raises DisplayError where there is no screen: OpenCV itself would end the process.
    """

    def __init__(self, threshold: float) -> None:
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            raise DisplayError("there is no screen to show a window on", "leave --window away")
        self._threshold = threshold
        try:
            cv2.namedWindow(_TITLE, cv2.WINDOW_AUTOSIZE)
        except cv2.error as error:
            raise DisplayError("OpenCV cannot open a window", str(error).strip()) from error

    def show(self, image: Image, observation: Observation) -> bool:
        """Shows one frame; False once the person closed the window (also by q or Escape)."""
        cv2.imshow(_TITLE, draw(image, observation, self._threshold))
        if cv2.waitKey(1) & 0xFF in _KEYS_THAT_CLOSE:
            return False
        return cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) >= 1.0

    def close(self) -> None:
        """Takes the window away."""
        cv2.destroyAllWindows()

"""The live picture in a window of OpenCV's."""

import subprocess
import sys

import cv2

from daemon.errors import DisplayError
from daemon.foreground.overlay import draw
from daemon.recognition.matcher import Observation
from models.types import Image

_TITLE = "Facelatch"
_KEYS_THAT_CLOSE = (ord("q"), 27)
_TRIAL_SECONDS = 15.0


class LiveWindow:
    """Shows frames with what was recognised. All calls from one thread.

    Raises DisplayError where there is no screen: OpenCV itself would end the process.
    """

    def __init__(self, threshold: float) -> None:
        _check_screen()
        self._threshold = threshold
        try:
            # Without the toolbar, whose buttons would save a person's picture.
            cv2.namedWindow(_TITLE, cv2.WINDOW_AUTOSIZE | cv2.WINDOW_GUI_NORMAL)
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


def _check_screen() -> None:
    """Opens a window in a child process first: Qt, inside OpenCV, aborts where it gets none."""
    trial = "import cv2; cv2.namedWindow('trial'); cv2.destroyAllWindows()"
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", trial],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TRIAL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode != 0:
        raise DisplayError(
            "there is no X screen to show a window on", "leave --window away, or set DISPLAY"
        )

"""What the camera's picture says of the camera: which way up it hangs, whether anything is seen."""

from dataclasses import dataclass
from typing import Any

from daemon.api import Progress
from daemon.clients.dbus_client import Client
from enroll.guide.prompts import sentence, turn_of
from models.errors import FacelatchError

_CONFIGURATION = "/etc/facelatch/config.toml"
_HANGS = {90: "on its side", 180: "upside down", 270: "on its side"}


@dataclass(frozen=True, slots=True)
class Picture:
    """What was found, for a person; `mend` is what to do about it, "" for nothing."""

    fine: bool
    found: str
    mend: str = ""


def look(client: Client) -> Picture:
    """Has the service open the camera for a moment. That it may not, or cannot, is no fault."""
    try:
        answer: Any = client.call("CheckCamera")
    except FacelatchError as error:
        return Picture(True, f"not looked at: {error.message}")
    word, problem = answer
    if problem:
        return Picture(True, f"not looked at: {problem}")
    return told(str(word))


def told(word: str) -> Picture:
    """What a word of `CheckCamera` means."""
    degrees = turn_of(word)
    if degrees is not None:
        hangs = f"the camera hangs {_HANGS[degrees]}" if degrees else "pictures are turned wrongly"
        return Picture(False, hangs, f"set camera.rotate = {degrees} in {_CONFIGURATION}")
    if word == Progress.FACE_SEEN:
        return Picture(True, "upright")
    if word == Progress.LOOKING:
        return Picture(True, "nobody is before the camera to tell which way up it hangs")
    return Picture(False, sentence(word))

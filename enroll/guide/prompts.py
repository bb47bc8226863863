"""What an enrolment says to the person before the camera. Standard library only.

The bus says the same words: `daemon.api.Guidance` is `Prompt`.
"""

from collections.abc import Mapping
from enum import StrEnum


class Prompt(StrEnum):
    """What the person should do next, for a better picture or for the next pose."""

    MOVE_INTO_PICTURE = "move-into-the-picture"
    COME_CLOSER = "come-closer"
    MOVE_BACK = "move-back"
    TOO_DARK = "too-dark"
    TOO_BRIGHT = "too-bright"
    TOO_LITTLE_CONTRAST = "too-little-contrast"
    PICTURE_IS_BLACK = "picture-is-black"
    UNCOVER_THE_CAMERA = "uncover-the-camera"
    DO_NOT_TURN_PICTURE = "do-not-turn-the-picture"
    TURN_PICTURE_RIGHT = "turn-the-picture-right"
    TURN_PICTURE_AROUND = "turn-the-picture-around"
    TURN_PICTURE_LEFT = "turn-the-picture-left"
    HOLD_STILL = "hold-still"
    TURN_TOWARD_CAMERA = "turn-toward-the-camera"
    LOOK_DOWN_A_LITTLE = "look-down-a-little"
    LOOK_UP_A_LITTLE = "look-up-a-little"
    HOLD_HEAD_UPRIGHT = "hold-your-head-upright"
    ONE_PERSON_ONLY = "one-person-only"
    UNCOVER_YOUR_FACE = "uncover-your-face"
    OPEN_YOUR_EYES = "open-your-eyes"
    LOOK_AT_THE_SCREEN = "look-at-the-screen"
    LOOK_STRAIGHT = "look-straight"
    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"
    LOOK_UP = "look-up"
    LOOK_DOWN = "look-down"
    NOD = "nod"


POSES = (
    Prompt.LOOK_STRAIGHT,
    Prompt.TURN_LEFT,
    Prompt.TURN_RIGHT,
    Prompt.LOOK_UP,
    Prompt.LOOK_DOWN,
    Prompt.COME_CLOSER,
)
"""What an enrolment asks for, in this order. Left and right are the person's own."""

_SENTENCES = {
    Prompt.MOVE_INTO_PICTURE: "Move into the picture",
    Prompt.COME_CLOSER: "Come a little closer",
    Prompt.MOVE_BACK: "Move back a little",
    Prompt.TOO_DARK: "Too dark: turn on a light",
    Prompt.TOO_BRIGHT: "Too bright: turn away from the light",
    Prompt.TOO_LITTLE_CONTRAST: "More light on your face, please",
    Prompt.PICTURE_IS_BLACK: "The picture is black: is the shutter closed?",
    Prompt.UNCOVER_THE_CAMERA: "Nothing to see: is the camera covered?",
    Prompt.DO_NOT_TURN_PICTURE: "Turn the camera or set camera.rotate = 0",
    Prompt.TURN_PICTURE_RIGHT: "Turn the camera or set camera.rotate = 90",
    Prompt.TURN_PICTURE_AROUND: "Turn the camera or set camera.rotate = 180",
    Prompt.TURN_PICTURE_LEFT: "Turn the camera or set camera.rotate = 270",
    Prompt.HOLD_STILL: "Hold still",
    Prompt.TURN_TOWARD_CAMERA: "Turn toward the camera",
    Prompt.LOOK_DOWN_A_LITTLE: "Lower your chin a little",
    Prompt.LOOK_UP_A_LITTLE: "Raise your chin a little",
    Prompt.HOLD_HEAD_UPRIGHT: "Hold your head upright",
    Prompt.ONE_PERSON_ONLY: "Only you should be in the picture",
    Prompt.UNCOVER_YOUR_FACE: "Uncover mouth and nose",
    Prompt.OPEN_YOUR_EYES: "Open your eyes",
    Prompt.LOOK_AT_THE_SCREEN: "Look at the screen",
    Prompt.LOOK_STRAIGHT: "Look into the camera",
    Prompt.TURN_LEFT: "Turn your head slowly to the left",
    Prompt.TURN_RIGHT: "Turn your head slowly to the right",
    Prompt.LOOK_UP: "Raise your chin slowly",
    Prompt.LOOK_DOWN: "Lower your chin slowly",
    Prompt.NOD: "Nod slowly",
}


SCENES = (
    Prompt.PICTURE_IS_BLACK,
    Prompt.TOO_DARK,
    Prompt.TOO_BRIGHT,
    Prompt.UNCOVER_THE_CAMERA,
    Prompt.DO_NOT_TURN_PICTURE,
    Prompt.TURN_PICTURE_RIGHT,
    Prompt.TURN_PICTURE_AROUND,
    Prompt.TURN_PICTURE_LEFT,
    Prompt.UNCOVER_YOUR_FACE,
)
"""What is said of a whole picture in which there is no face."""


_PREVAILS = 0.2  # of the pictures without a face; a camera that wakes up is black for less


def prevailing(seen: Mapping[Prompt | None, int]) -> Prompt | None:
    """Of the scenes of pictures without a face, and how often each was, the one to speak of."""
    words = {word: count for word, count in seen.items() if word is not None}
    if not words:
        return None
    word = max(words, key=lambda one: words[one])
    return word if words[word] >= _PREVAILS * sum(seen.values()) else None


_TURNS = {
    0: Prompt.DO_NOT_TURN_PICTURE,
    90: Prompt.TURN_PICTURE_RIGHT,
    180: Prompt.TURN_PICTURE_AROUND,
    270: Prompt.TURN_PICTURE_LEFT,
}


def turn_by(degrees: int) -> Prompt:
    """The prompt to turn pictures by 0, 90, 180 or 270 degrees clockwise, in all; KeyError."""
    return _TURNS[degrees]


def turn_of(word: str) -> int | None:
    """The degrees of a word of `turn_by`, None for any other."""
    return next((degrees for degrees, prompt in _TURNS.items() if prompt == word), None)


def prompt_of(reason: str) -> Prompt | None:
    """The prompt for a reason of `models.quality` ("come closer"), None where there is none."""
    try:
        return Prompt(reason.replace(" ", "-"))
    except ValueError:
        return None


def sentence(word: str) -> str:
    """What a person is told for a word of guidance, also for one that this version lacks."""
    try:
        return _SENTENCES[Prompt(word)]
    except ValueError:
        return word.replace("-", " ").capitalize()


def clause(word: str) -> str:
    """The sentence as it goes on after a colon: "the picture is black: is the shutter closed?"."""
    said = sentence(word)
    return said[:1].lower() + said[1:]


def grade(score: float) -> str:
    """A word or two for the score of an enrolment, 0 to 1."""
    names = ((0.85, "excellent"), (0.7, "good"), (0.5, "fair"))
    return next((name for least, name in names if score >= least), "poor")

"""The guide's words in the person's language; in English they are `enroll.guide.prompts`' own."""

from daemon.clients.i18n import _
from enroll.guide import prompts


def sentence(word: str) -> str:
    """What a person is told for a word of guidance."""
    known = {
        "move-into-the-picture": _("Move into the picture"),
        "come-closer": _("Come a little closer"),
        "move-back": _("Move back a little"),
        "too-dark": _("Too dark: turn on a light"),
        "too-bright": _("Too bright: turn away from the light"),
        "too-little-contrast": _("More light on your face, please"),
        "picture-is-black": _("The picture is black: is the shutter closed?"),
        "uncover-the-camera": _("Nothing to see: is the camera covered?"),
        "do-not-turn-the-picture": _("Turn the camera or set camera.rotate = 0"),
        "turn-the-picture-right": _("Turn the camera or set camera.rotate = 90"),
        "turn-the-picture-around": _("Turn the camera or set camera.rotate = 180"),
        "turn-the-picture-left": _("Turn the camera or set camera.rotate = 270"),
        "hold-still": _("Hold still"),
        "turn-toward-the-camera": _("Turn toward the camera"),
        "look-down-a-little": _("Lower your chin a little"),
        "look-up-a-little": _("Raise your chin a little"),
        "hold-your-head-upright": _("Hold your head upright"),
        "one-person-only": _("Only you should be in the picture"),
        "uncover-your-face": _("Uncover mouth and nose"),
        "open-your-eyes": _("Open your eyes"),
        "look-at-the-screen": _("Look at the screen"),
        "look-straight": _("Look into the camera"),
        "turn-left": _("Turn your head slowly to the left"),
        "turn-right": _("Turn your head slowly to the right"),
        "look-up": _("Raise your chin slowly"),
        "look-down": _("Lower your chin slowly"),
        "nod": _("Nod slowly"),
    }
    return known.get(word) or prompts.sentence(word)


def grade(score: float) -> str:
    """A word for the score of an enrolment, 0 to 1."""
    known = {
        "excellent": _("excellent"),
        "good": _("good"),
        "fair": _("fair"),
        "poor": _("poor"),
    }
    return known[prompts.grade(score)]

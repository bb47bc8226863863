"""Whether a command speaks with the service or works on its own; attempts through the service.

Imports neither OpenCV nor a model runtime nor NumPy, and starts nothing.
"""

import argparse
from typing import Any

from daemon.clients.cli import options
from enroll.guide.prompts import clause
from models.scoring.security import STANDARD, parse_level

_DEFAULTS: dict[str, Any] = {
    "source": options.DEFAULT_SOURCE,
    "rotate": 0,
    "store": None,
    "embedder": "auto",
    "detector": "mtcnn",
    "security": STANDARD,
    "threshold": None,
    "min_face": 60,
    "no_pace": False,
}


def asked(arguments: argparse.Namespace) -> bool:
    """Whether the service is to be asked: it runs, and nothing of the person's own was named."""
    own = {name: getattr(arguments, name, default) for name, default in _DEFAULTS.items()}
    if own != _DEFAULTS:
        return False
    from daemon.clients import dbus_client

    return dbus_client.running()


def verify(username: str, seconds: float) -> dict[str, Any]:
    """An attempt by the service, as `facelatch verify` reports one. Raises FacelatchError.

    An empty `username` is the caller's own.
    """
    from daemon.api import LONGEST_ATTEMPT_SECONDS, LONGEST_CHALLENGE_SECONDS
    from daemon.clients.dbus_client import Client, NoDaemonError

    options_ = {"seconds": min(seconds, LONGEST_ATTEMPT_SECONDS), "details": True, "prompts": True}
    with Client() as client:
        status = client.call("Status")
        number = client.call("StartVerify", username, options_)
        said = ""
        for heard in client.signals(seconds=seconds + LONGEST_CHALLENGE_SECONDS + 10.0):
            if not heard.values or heard.values[0] != number:
                continue
            if heard.name == "VerifyFinished":
                return _report(username, status, *heard.values[1:])
            if heard.name == "VerifyProgress":
                said = _prompted(said, *heard.values[1:])
    raise NoDaemonError("the Facelatch daemon does not say how the attempt ended")


def say(word: str) -> None:
    """Tells the person before the camera what a challenge asks for."""
    from daemon.clients.cli import output
    from daemon.clients.words import sentence

    output.note(sentence(word))


def _prompted(said: str, word: str, details: dict[str, Any]) -> str:
    """Says a word of a challenge that is not the one `said` last; the one said last now."""
    if not details.get("challenge", False):
        return said
    if word != said:
        say(word)
    return word


def _why(reason: str, hint: str) -> str:
    if hint and reason == "no-face":
        # What is wrong with the picture is why there was no face in it.
        return clause(hint)
    return (f"{reason}: {hint}" if hint else reason).replace("-", " ")


RESULTS = {"matched": "match", "not-matched": "no match"}


def _report(
    username: str, status: dict[str, Any], verdict: str, reason: str, details: dict[str, Any]
) -> dict[str, Any]:
    import getpass

    result = RESULTS.get(verdict, "undecided")
    distance = details.get("distance")
    level = parse_level(status["security"])
    stages = {**details["stages"], "total": details["milliseconds"]}
    hint = details.get("guidance", "")
    report = {
        "result": result,
        "reason": _why(reason, hint),
        "name": (username or getpass.getuser()) if result == "match" else None,
        "embedder": status["embedder"],
        "precision": status["precision"],
        "detector": status["detector"],
        "frames_seen": details["frames"],
        "frames_used": details["frames"],
        "frames_dropped": 0,
        "elapsed_ms": {stage: round(value, 2) for stage, value in stages.items()},
        "security": level.name,
        "far": level.far,
    }
    if distance is not None:  # to root alone
        report |= {"distance": round(distance, 4), "threshold": round(details["threshold"], 4)}
    return report

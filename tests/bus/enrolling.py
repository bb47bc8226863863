"""Enrolments to their end, for longer where a busy computer saw too little in the time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from daemon.clients.dbus_client import Client
from tests.bus.world import PATIENCE

SECONDS = 5.0
"""Enough on a quiet computer: the demo's owner never turns, so that all of them are used."""
IN_THE_TIME = "in the time"
"""In the reason where some good pictures were seen, and more are needed."""
_LONGEST = 45.0
T = TypeVar("T")


@dataclass
class Enrolled:
    """How an enrolment ended for its client."""

    outcome: str
    reason: str
    details: dict[str, Any]
    prompts: list[str]

    @property
    def saw_too_little(self) -> bool:
        """Whether what it says is of the computer and not of who was there."""
        unseen = "no face" in self.reason and "move-into-the-picture" not in self.prompts
        return self.outcome == "failed" and (unseen or IN_THE_TIME in self.reason)


def longer(
    enrol: Callable[[float], T], too_little: Callable[[T], bool], seconds: float = SECONDS
) -> T:
    """What `enrol` gives for so many seconds; tried anew with three times as many."""
    while too_little(done := enrol(seconds)) and seconds < _LONGEST:
        seconds *= 3
    return done


def enrolled(client: Client, *, seconds: float = SECONDS, **options: Any) -> Enrolled:
    """Enrols another appearance of our own."""

    def begin(seconds: float) -> Enrolled:
        number = client.call("StartEnrol", "", "new", {"seconds": seconds, **options})
        return followed(client, number)

    return longer(begin, lambda one: one.saw_too_little, seconds)


def followed(client: Client, number: int) -> Enrolled:
    """Waits for the end of an enrolment."""
    prompts: list[str] = []
    for heard in client.signals(seconds=4 * PATIENCE):
        if heard.values[0] != number:
            continue
        if heard.name == "EnrolGuidance":
            prompts.append(heard.values[1])
        if heard.name == "EnrolFinished":
            outcome, reason, details = heard.values[1:]
            return Enrolled(outcome, reason, details, prompts)
    raise AssertionError("the enrolment did not end")

"""What the enrolment's window shows, as facts: events in, the next scene out. Pure."""

from dataclasses import dataclass, replace
from enum import Enum, auto

from daemon.clients.enrolment import Ended, Guided
from enroll.prompts import POSES, Prompt, grade, sentence

TICKS = 72
"""Of the ring."""
_SECTORS = {
    # Ticks count clockwise from the top. In the mirrored picture the person's left is on the left.
    Prompt.LOOK_UP: range(-9, 9),
    Prompt.TURN_RIGHT: range(9, 27),
    Prompt.LOOK_DOWN: range(27, 45),
    Prompt.TURN_LEFT: range(45, 63),
}
_LEAST_TURN = 6.0  # degrees; less is looking straight
_NUDGE = 3  # ticks to either side of where the head points


class Page(Enum):
    """What the window is at."""

    START = auto()
    CAPTURE = auto()
    END = auto()
    PROBLEM = auto()


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is shown beside the picture."""

    page: Page = Page.START
    headline: str = ""
    line: str = ""
    wanted: str = ""
    """The pose asked for, a word of guidance; empty where another thing is asked for."""
    progress: float = 0.0
    covered: frozenset[str] = frozenset()
    heading: tuple[float, float] = (0.0, 0.0)
    """Where the head points: right and up in the mirrored picture, degrees."""
    face: bool = False
    result: Ended | None = None


def waiting() -> Scene:
    """Before the daemon has answered: polkit may be asking for a password."""
    return Scene(
        Page.CAPTURE, "One moment", "Your password may be asked for before the camera is opened."
    )


def guided(before: Scene, event: Guided) -> Scene:
    """After a word of guidance."""
    wanted = event.prompt if event.prompt in {pose.value for pose in POSES} else ""
    return replace(
        before,
        page=Page.CAPTURE,
        headline=sentence(event.prompt),
        line=_hint(event),
        wanted=wanted,
        progress=event.progress,
        covered=frozenset(event.covered),
        # The picture is mirrored: what points to its right is shown on the left.
        heading=(-event.yaw, event.pitch),
        face=event.box is not None,
    )


def finished(event: Ended) -> Scene:
    """After the end."""
    if event.enrolled:
        score = event.score if event.score is not None else 0.0
        return Scene(
            Page.END,
            f"You are enrolled: {grade(score)}",
            _expectation(event),
            progress=1.0,
            result=event,
        )
    return problem("You are not enrolled", event.reason or "nothing was stored")


def problem(headline: str, line: str) -> Scene:
    """An error, in one clear line."""
    return Scene(Page.PROBLEM, headline, line[:1].upper() + line[1:])


def lit(covered: frozenset[str]) -> frozenset[int]:
    """Ticks of the ring, 0 to TICKS - 1, that are full: a quarter for each direction covered."""
    return frozenset(
        tick % TICKS
        for pose, sector in _SECTORS.items()
        if pose.value in covered
        for tick in sector
    )


def nudged(heading: tuple[float, float]) -> frozenset[int]:
    """Ticks toward which the head points; none while it looks straight."""
    import math

    right, up = heading
    if not math.hypot(right, up) >= _LEAST_TURN or not math.isfinite(right + up):
        return frozenset()
    tick = round(math.atan2(right, up) / (2 * math.pi) * TICKS)
    return frozenset((tick + step) % TICKS for step in range(-_NUDGE, _NUDGE + 1))


def _hint(event: Guided) -> str:
    if event.prompt == Prompt.LOOK_STRAIGHT:
        return "Sit as you usually do."
    if event.prompt in {pose.value for pose in POSES}:
        return "Only as far as is comfortable."
    return ""


def _expectation(event: Ended) -> str:
    pictures = f"{event.pictures} pictures, no image is kept"
    if event.expected_misses is None:
        return f"Made of {pictures}."
    missed = event.expected_misses
    often = "fewer than 1" if missed < 0.01 else f"about {round(100 * missed)}"
    return f"Expect {often} of 100 looks to miss you. Made of {pictures}."

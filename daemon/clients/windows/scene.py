"""What the enrolment's window shows, as facts: events in, the next scene out. Pure."""

from dataclasses import dataclass, replace
from enum import Enum, auto

from daemon.clients.i18n import _, several
from daemon.clients.requests.enrol import Ended, Guided
from daemon.clients.words import grade, sentence
from enroll.guide.prompts import POSES, Prompt

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
_RARELY = 0.01
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
        Page.CAPTURE,
        _("One moment"),
        _("Your password may be asked for before the camera is opened."),
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
            _("You are enrolled: {grade}").format(grade=grade(score)),
            _expectation(event),
            progress=1.0,
            result=event,
        )
    return problem(_("You are not enrolled"), event.reason or _("nothing was stored"))


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
        return _("Sit as you usually do.")
    if event.prompt in {pose.value for pose in POSES}:
        return _("Only as far as is comfortable.")
    return ""


def _expectation(event: Ended) -> str:
    made = several(
        "Made of {count} picture, which is not kept.",
        "Made of {count} pictures, none of which is kept.",
        event.pictures,
    ).format(count=event.pictures)
    if event.expected_misses is None:
        return made
    missed = round(100 * event.expected_misses)
    if event.expected_misses < _RARELY:
        expected = _("Expect to be missed less than once in 100 attempts.")
    else:
        expected = several(
            "Expect to be missed once in 100 attempts.",
            "Expect to be missed {count} times in 100 attempts.",
            missed,
        ).format(count=missed)
    return f"{expected} {made}"

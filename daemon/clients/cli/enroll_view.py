"""How a terminal shows an enrolment: prompts, a ring of ticks, a picture in block characters.

What is drawn is made by pure functions of what is known; only `shown` touches the terminal.
"""

import contextlib
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.clients.cli import output
from daemon.clients.requests.preview import Picture
from enroll.guide.prompts import POSES, sentence

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

_COLUMNS, _ROWS = 40, 15
"""Cells of the picture; each cell is two pixels high."""
_TICKS = 24
_RING_COLUMNS, _RING_ROWS = 25, 11
_NARROWEST = 76
_REFRESH_PER_SECOND = 12

_POSE_NAMES = {
    "look-straight": "straight",
    "turn-left": "left",
    "turn-right": "right",
    "look-up": "up",
    "look-down": "down",
    "come-closer": "closer",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known at one moment. `prompt` is a word of guidance."""

    who: str
    prompt: str
    progress: float = 0.0
    covered: tuple[str, ...] = ()
    quality: float | None = None
    picture: Picture | None = None


Show = Callable[[Scene], None]


@contextlib.contextmanager
def shown(*, quiet: bool = False) -> Iterator[Show]:
    """Yields what to show scenes with: a live view on a terminal, a line for each prompt else."""
    if quiet:
        yield lambda _scene: None
        return
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        yield _line_by_line()
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    with Live(
        console=console,
        auto_refresh=True,
        refresh_per_second=_REFRESH_PER_SECOND,
        transient=True,
    ) as live:
        yield lambda scene: live.update(drawn(scene, console))


def _line_by_line() -> Show:
    said = ""

    def show(scene: Scene) -> None:
        nonlocal said
        if scene.prompt != said:
            said = scene.prompt
            output.note(f"{round(100 * scene.progress)} % {sentence(said)}")

    return show


def drawn(scene: Scene, console: "Console") -> "RenderableType":
    """The whole view, as wide as the terminal allows."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    narrow = console.width < _NARROWEST
    parts: list[RenderableType] = [] if narrow else [picture(scene.picture)]
    parts.append(ring(scene.progress))
    # No wider than it must be: a full line would wrap where the terminal echoes Ctrl-C.
    beside = Table.grid(padding=(0, 3))
    beside.add_row(*parts)
    body = Group(
        Text(sentence(scene.prompt), style="bold"),
        Text(),
        beside,
        Text(),
        poses(scene.covered, scene.prompt),
        quality(scene.quality),
        Text("Ctrl-C ends it, and nothing is stored.", style="dim"),
    )
    return Panel(body, title=f"Enrolling {scene.who}", title_align="left", expand=False)


def picture(taken: Picture | None) -> "Text":
    """A picture in half blocks, mirrored as a person expects it; a frame of dots before one."""
    from rich.text import Text

    made = Text(no_wrap=True)
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            if taken is None:
                made.append("·" if row % 2 == column % 2 == 0 else " ", style="dim")
                continue
            upper, lower = (_pixel(taken, column, 2 * row + half) for half in (0, 1))
            made.append("▀", style=f"rgb({upper}) on rgb({lower})")
        if row < _ROWS - 1:
            made.append("\n")
    return made


def _pixel(taken: Picture, column: int, line: int) -> str:
    """The colour of a pixel of the mirrored, shrunk picture, in Rich's words."""
    step = max(taken.width // (3 * _COLUMNS), 1)
    x = taken.width - 1 - (2 * column + 1) * taken.width // (2 * _COLUMNS)
    y = (2 * line + 1) * taken.height // (4 * _ROWS)
    spots = [(min(max(x + right, 0), taken.width - 1), y) for right in (-step, 0, step)]
    starts = [3 * (row * taken.width + place) for place, row in spots]
    return ",".join(str(sum(taken.pixels[at + band] for at in starts) // 3) for band in range(3))


def ring(progress: float) -> "Text":
    """A ring of ticks that fills clockwise from the top, with the share in its middle."""
    from rich.text import Text

    cells = [[" "] * _RING_COLUMNS for _ in range(_RING_ROWS)]
    for tick in range(_TICKS):
        angle = 2 * math.pi * tick / _TICKS
        column = round((_RING_COLUMNS - 1) / 2 * (1 + math.sin(angle)))
        row = round((_RING_ROWS - 1) / 2 * (1 - math.cos(angle)))
        cells[row][column] = "●" if tick < round(progress * _TICKS) else "·"
    label = f"{round(100 * progress)} %"
    start = (_RING_COLUMNS - len(label)) // 2
    cells[_RING_ROWS // 2][start : start + len(label)] = label
    made = Text(no_wrap=True)
    for number, row_cells in enumerate(cells):
        for cell in row_cells:
            made.append(cell, style={"●": "bold green", "·": "dim"}.get(cell, "bold"))
        made.append("\n" if number < _RING_ROWS - 1 else "")
    return made


def poses(covered: tuple[str, ...], wanted: str) -> "Text":
    """The poses in their order, each with a mark that is done or wanted."""
    from rich.text import Text

    made = Text()
    for pose in POSES:
        done = pose.value in covered
        mark = "✓" if done else "▸" if pose.value == wanted else "○"
        style = "green" if done else "bold yellow" if pose.value == wanted else "dim"
        made.append(f"{mark} {_POSE_NAMES[pose.value]}  ", style=style)
    return made


def quality(value: float | None) -> "Text":
    """A bar of the picture's quality."""
    from rich.text import Text

    filled = 0 if value is None else round(20 * min(max(value, 0.0), 1.0))
    colour = "green" if filled >= 10 else "yellow"
    made = Text("picture  ", style="dim")
    made.append("━" * filled, style=colour)
    return made.append("━" * (20 - filled), style="dim")

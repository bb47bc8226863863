"""What commands print: tables and JSON on standard output, notes and progress on standard error.

Rich is imported only where something is drawn, so that quick commands stay quick.
"""

import contextlib
import json
import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from daemon.clients.cli import streams
from models.text import readable

_PIPE_WIDTH = 1000
_GAP = 2
"""Spaces between two columns."""

ByteCounter = Callable[[str, int, int | None], None]
"""Takes what is transferred, bytes done, bytes in all or None."""
Reporter = Callable[[str], None]
"""Takes what is being done now, one line."""


def print_table(rows: Sequence[Mapping[str, object]], *, folding: Collection[str] = ()) -> None:
    """A table of `rows`, which all have the keys of the first: they are the headings.

    None is an empty cell; a column without any content is left out. Where the terminal is narrow,
    the columns in `folding` give way; where that is not enough, each row is a block of lines.
    """
    if not rows:
        return
    headings = [one for one in rows[0] if any(_cell(row[one]) for row in rows)]
    # Nobody sees where a pipe's line ends: never fold there.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPE_WIDTH
    if _narrowest(rows, headings, folding) > width:
        print("\n\n".join(_block(row, headings) for row in rows))
    else:
        _draw(rows, headings, folding, width)


def _narrowest(
    rows: Sequence[Mapping[str, object]], headings: Sequence[str], folding: Collection[str]
) -> int:
    """Columns of the terminal that the table takes at least."""
    gaps = _GAP * (len(headings) - 1)
    return gaps + sum(
        len(one) if one in folding else max(len(one), *(len(_cell(row[one])) for row in rows))
        for one in headings
    )


def _block(row: Mapping[str, object], headings: Sequence[str]) -> str:
    return "\n".join(f"{one}: {_cell(row[one])}" for one in headings if _cell(row[one]))


def _draw(
    rows: Sequence[Mapping[str, object]],
    headings: Sequence[str],
    folding: Collection[str],
    width: int,
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading not in folding)
    for row in rows:
        # Text, because names may hold what Rich would take for markup.
        table.add_row(*(Text(_cell(row[heading])) for heading in headings))
    console = Console(highlight=False, width=width)
    # Rich itself would end the program with a code of its own where nobody reads any more.
    with console.capture() as drawn:
        console.print(table)
    print(drawn.get(), end="")


def print_json(value: Any) -> None:
    """`value` as one line of JSON."""
    print(json.dumps(value, ensure_ascii=not streams.shows_everything(), allow_nan=False))


def note(message: str) -> None:
    """One line for the person, on standard error."""
    print(f"facelatch: {readable(' '.join(message.split()))}", file=sys.stderr)


def size(count: int) -> str:
    """`count` bytes as a person reads them: `22.5 MB`."""
    if count < 1000:
        return f"{count} B"
    for factor, unit in ((1e3, "kB"), (1e6, "MB")):
        if count < 999.95 * factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count / 1e9:.1f} GB"


@contextlib.contextmanager
def transfers(*, quiet: bool = False) -> Iterator[ByteCounter]:
    """Yields what to tell about transfers: bars on a terminal, one line a file elsewhere."""
    if quiet:
        yield lambda _what, _done, _total: None
    elif not sys.stderr.isatty():
        yield _line_by_line()
    else:
        with _bars() as counter:
            yield counter


@contextlib.contextmanager
def working(what: str, *, quiet: bool = False) -> Iterator[Reporter]:
    """Says that `what` is going on and takes details: a spinner on a terminal, else lines."""
    if quiet:
        yield lambda _detail: None
    elif not sys.stderr.isatty():
        note(what)
        yield note
    else:
        with _spinner(what) as report:
            yield report


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _line_by_line() -> ByteCounter:
    announced: set[str] = set()

    def count(what: str, _done: int, total: int | None) -> None:
        if what not in announced:
            announced.add(what)
            note(f"fetching {what}" + (f" ({size(total)})" if total else ""))

    return count


@contextlib.contextmanager
def _bars() -> Iterator[ByteCounter]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks: dict[str, Any] = {}

        def count(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield count


@contextlib.contextmanager
def _spinner(what: str) -> Iterator[Reporter]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda detail: progress.update(task, description=f"{what}: {detail}"[:100])

"""A counted progress on standard error: a bar on a terminal, a line now and then elsewhere."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from daemon.clients.cli import output

Counter = Callable[[int, int], None]
"""Takes what is done and what there is in all."""

_LINE_EVERY_S = 10.0


@contextlib.contextmanager
def counting(what: str) -> Iterator[Counter]:
    """Yields what to tell how far `what` has come; silent until it is told of anything."""
    if not sys.stderr.isatty():
        yield _lines(what)
    else:
        with _bar(what) as counter:
            yield counter


def _lines(what: str) -> Counter:
    last = time.monotonic()

    def count(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _LINE_EVERY_S and done < total:
            last = now
            output.note(f"{what}: {done} of {total}")

    return count


@contextlib.contextmanager
def _bar(what: str) -> Iterator[Counter]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)

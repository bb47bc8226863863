"""Holds a process of the daemon's at a moment of an attempt, until the test has done its worst.

In the process: `reach(name)` returns at once, but where the test waits for this moment (see
`tests.bus.test_killed.Moment`). No clock: the process is held by a pipe, and the test hears of it
by a file.
"""

import os
from pathlib import Path

FOLDER = "FACELATCH_TEST_MOMENTS"


def reach(moment: str) -> None:
    """In a process of the daemon's: the moment is there."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return
    place = Path(folder)
    try:
        held_at = (place / "held-at").read_text()
    except FileNotFoundError:
        return
    if held_at != moment:
        return
    pipe = os.open(place / "pipe", os.O_RDONLY)
    (place / "reached").write_text(str(os.getpid()))
    os.read(pipe, 1)
    os.close(pipe)

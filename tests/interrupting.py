"""Ctrl-C in tests, which may themselves run where nobody can type it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heeding_ctrl_c() -> Iterator[None]:
    """SIGINT interrupts this process, and what is started meanwhile, as on a terminal.

    What a shell starts in the background ignores it, and so does all that is started by that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

"""Keeps TensorFlow's chatter away from who runs a conversion, and for an error to quote."""

import contextlib
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator

_LAST_WORDS = 300  # characters


class Log:
    """What was said while it was quiet."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def last_words(self) -> str:
        """The end of it, on one line."""
        length = os.fstat(self._descriptor).st_size
        start = max(length - 4 * _LAST_WORDS, 0)
        said = os.pread(self._descriptor, length - start, start).decode(errors="replace")
        return " ".join(said.split())[-_LAST_WORDS:]


@contextlib.contextmanager
def quiet() -> Iterator[Log]:
    """Diverts what Python and C++ write to standard output and error; hides Python's warnings.

    It changes the whole process: for use where no other thread writes.
    """
    with (
        tempfile.TemporaryFile() as log,
        open(os.dup(log.fileno()), "w") as text,  # noqa: PTH123
        _diverted(log.fileno()),
        contextlib.redirect_stdout(text),
        contextlib.redirect_stderr(text),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield Log(log.fileno())


@contextlib.contextmanager
def _diverted(descriptor: int) -> Iterator[None]:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    kept = [(number, os.dup(number)) for number in (1, 2)]
    try:
        for number, _ in kept:
            os.dup2(descriptor, number)
        yield
    finally:
        for number, copy in kept:
            os.dup2(copy, number)
            os.close(copy)

"""What the programs of this package share, which run as `python -m models.evaluation.NAME`."""

import sys
from collections.abc import Iterator

from models.errors import FacelatchError

_EXIT_ERROR = 2


def run(lines: Iterator[str]) -> int:
    """Prints each line as it comes; the exit code: 2 where a FacelatchError ends it, which is told
    in one line on standard error.
    """
    try:
        for line in lines:
            sys.stdout.write(f"{line}\n")
    except FacelatchError as error:
        sys.stderr.write(f"{error}\n")
        return _EXIT_ERROR
    return 0

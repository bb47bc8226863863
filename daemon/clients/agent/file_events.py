"""What happens to files, told by the kernel: inotify(7), which the standard library lacks."""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

OPEN, CLOSE_WRITE, MOVED_FROM, MOVED_TO, DELETE = 0x20, 0x8, 0x40, 0x80, 0x200
"""What may be watched for, as in <sys/inotify.h>; running a program opens its file."""


def watching(paths: Iterable[Path], events: int) -> int:
    """A descriptor, to be closed, that can be read when one of `events` has happened to one of the
    paths, or in one that is a folder; it never blocks. Paths that cannot be watched are left out.
    """
    library = ctypes.CDLL(None, use_errno=True)
    descriptor: int = library.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    for path in paths:
        library.inotify_add_watch(descriptor, os.fsencode(path), events)
    return descriptor

"""Keeps the process small over days: gives freed memory back to the system."""

import ctypes
import gc

# glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8

_ARENAS = 2
"""By default each short-lived thread may leave an arena of its own behind."""
_MAPPED = 1 << 20
"""Bytes from which memory is mapped by itself, and given back when it is freed. By default glibc
raises this with each such piece that is freed, up to 32 MB: what a network needs while it is set up
then stays in the heap, in pieces. A frame of 640x480 is smaller: to map each one costs time."""
_KEPT = 1 << 20
"""Bytes at the end of the heap that are kept for the next frame."""


def keep_small() -> None:
    """Once, before the first thread; does nothing with another C library than glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
        mallopt(_M_MMAP_THRESHOLD, _MAPPED)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)


def trim() -> None:
    """Collects what nobody holds, some 15 ms, and gives it back."""
    gc.collect()
    give_back()


def give_back() -> None:
    """Gives back what is free, in less than a millisecond; glibc keeps it for the next time."""
    trim_ = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim_ is not None:
        trim_(0)

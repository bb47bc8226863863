"""Keeps the process small over days: gives freed memory back to the system."""

import ctypes
import gc

_M_ARENA_MAX = -8
"""glibc's malloc.h. By default each short-lived thread may leave an arena of its own behind."""
_ARENAS = 2


def limit_arenas() -> None:
    """Once, before the first thread; does nothing with another C library than glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)


def trim() -> None:
    """Collects what nobody holds, and gives it back; glibc would keep it for the next time."""
    gc.collect()
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if give_back is not None:
        give_back(0)

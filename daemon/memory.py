"""Gives memory that was freed back to the system."""

import ctypes
import gc


def trim() -> None:
    """Collects what nobody holds; glibc would keep it for the next time."""
    gc.collect()
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if give_back is not None:
        give_back(0)

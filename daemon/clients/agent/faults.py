"""Faults of our own: one line of the log each, a traceback only where somebody asked for it."""

import logging
import sys
import threading
from types import TracebackType

_log = logging.getLogger(__name__)


def tell(error: BaseException, where: str) -> None:
    """Logs a fault that the agent goes on after."""
    line = " ".join(f"a fault of {where}: {type(error).__name__}: {error}".split())
    _log.error("%s", line, exc_info=error if _log.isEnabledFor(logging.DEBUG) else None)


def catch_all() -> None:
    """From now on also what GTK's callbacks and threads raise is told this way."""
    sys.excepthook = _raised
    threading.excepthook = _raised_in_thread


def _raised(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    tell(error, "the agent")


def _raised_in_thread(raised: threading.ExceptHookArgs) -> None:
    if raised.exc_value is not None:
        tell(raised.exc_value, f"the thread {getattr(raised.thread, 'name', '')}")

"""Errors of what runs: sources of frames, speech, the bus; and a request that is refused."""

from daemon.api import Error
from models.errors import FacelatchError


class SourceError(FacelatchError):
    """A source of frames cannot be opened or read."""


class SourceBusyError(SourceError):
    """Another program has the camera."""


class SourceLostError(SourceError):
    """A source that worked has disappeared or stopped delivering."""


class SpeechError(FacelatchError):
    """Speech is not to be had on this machine."""


class DisplayError(FacelatchError):
    """There is no screen for a window."""


class BusError(FacelatchError):
    """The message bus, or who answers on it, failed. `name` is the error's name on the bus."""

    def __init__(self, message: str, hint: str = "", *, name: str = "") -> None:
        super().__init__(message, hint)
        self.name = name


class UnlockError(FacelatchError):
    """A session could not be unlocked by one of its methods."""


class NoLockerError(UnlockError):
    """No locker runs that could be asked to unlock: the session's user has unlocked it already."""


class RefusalError(FacelatchError):
    """A request that is not granted: an error of the bus, and one line for a person.

    `retry_after` is in seconds, where waiting helps.
    """

    def __init__(
        self, error: Error, message: str, hint: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint)
        self.error = error
        self.retry_after = retry_after

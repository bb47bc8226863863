"""Errors of what runs: sources of frames, speech, hooks."""

from models.errors import FacelatchError


class SourceError(FacelatchError):
    """A source of frames cannot be opened or read."""


class SourceBusyError(SourceError):
    """Another program has the camera."""


class SourceLostError(SourceError):
    """A source that worked has disappeared or stopped delivering."""


class SpeechError(FacelatchError):
    """Speech is not to be had on this machine."""


class HookError(FacelatchError):
    """The hook command cannot be run."""


class DisplayError(FacelatchError):
    """There is no screen for a window."""


class BusError(FacelatchError):
    """The message bus, or who answers on it, failed. `name` is the error's name on the bus."""

    def __init__(self, message: str, hint: str = "", *, name: str = "") -> None:
        super().__init__(message, hint)
        self.name = name


class UnlockError(FacelatchError):
    """A session could not be unlocked by one of its methods."""

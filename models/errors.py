"""The exception tree of Facelatch; every message is one line a person can act on.

FacelatchError
├── UsageError (ValueError)          wrong argument or setting
├── ModelError
│   ├── NotInstalledError            the weights are not on this machine
│   ├── NotPreparedError             weights are here, the converted network is not
│   ├── CorruptModelError            a file does not have the digest it should have
│   │   └── CorruptNetworkError      ... and it can be made anew from the weights
│   ├── DownloadError (OSError)      fetching failed
│   └── ConversionError              a conversion failed its own check
├── ImageError (ValueError)          a picture that cannot be used
├── enroll.errors.*                  templates and their store
└── daemon.errors.*                  sources, speech, hooks
"""


class FacelatchError(Exception):
    """Root of all errors Facelatch raises on purpose.

    `message` says what is wrong, `hint` what to do about it ("" where there is nothing).
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class UsageError(FacelatchError, ValueError):
    """An argument or setting is outside what is allowed."""


class ModelError(FacelatchError):
    """Something about a network or its weights."""


class NotInstalledError(ModelError):
    """The weights of a model are not on this machine."""


class NotPreparedError(ModelError):
    """The weights are here; the converted network is not."""

    def __init__(self, model: str) -> None:
        super().__init__(f"model {model} is not prepared", f"run: facelatch models prepare {model}")
        self.model = model


class CorruptModelError(ModelError):
    """A model file does not have the digest it should have."""


class CorruptNetworkError(CorruptModelError):
    """A converted network is damaged, or others could change it; it can be made anew."""

    def __init__(self, model: str, message: str) -> None:
        super().__init__(message, f"run: facelatch models prepare {model}")
        self.model = model


class DownloadError(ModelError, OSError):
    """Fetching weights failed."""


class ConversionError(ModelError):
    """A converted network does not reproduce its source."""


class ImageError(FacelatchError, ValueError):
    """A picture that cannot be used."""

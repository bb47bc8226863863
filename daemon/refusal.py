"""No to a request, in one of the contract's words and one line for a person."""

from daemon.api import Error
from models.errors import FacelatchError


class RefusalError(FacelatchError):
    """A request that is not granted. `retry_after` is in seconds, where waiting helps."""

    def __init__(
        self, error: Error, message: str, hint: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint)
        self.error = error
        self.retry_after = retry_after

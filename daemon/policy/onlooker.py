"""Whether somebody else looks at the screen beside its owner, for longer than by chance. Pure.

Told from the short looks at idle sessions, which go on as they would: nobody is watched for this.
Times are seconds on any clock that does not fall.
"""

LEAST_LOOKS = 2
"""In a row: whoever passes is in one."""


class Onlooker:
    """One session's; `seconds` is for how long somebody must have looked."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: float | None = None
        self._looks = 0
        self._told = False

    def looked(self, time: float, *, seen: bool) -> bool:
        """A look ended, in which somebody looked at the screen beside the owner, or nobody did.
        Whether that is to be told now: once for each who stays.
        """
        if not seen:
            self._since, self._looks, self._told = None, 0, False
            return False
        self._since = time if self._since is None else self._since
        self._looks += 1
        long = self._looks >= LEAST_LOOKS and time - self._since >= self._seconds
        told, self._told = self._told, self._told or long
        return long and not told

    @property
    def wait(self) -> float | None:
        """In how many seconds another look would tell; None where one need not come sooner."""
        return self._seconds if self._looks and not self._told else None

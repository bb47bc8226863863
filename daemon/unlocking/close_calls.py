"""Whether a new appearance is advised: told as that, so that no distance need be told. Pure."""

from collections import deque

_LAST, _CLOSE_OF_THEM, _CLOSE = 6, 4, 0.88
"""Where four of the last six unlockings used up most of what is allowed."""
_MOST_USERS = 256


class CloseCalls:
    """How near to the threshold the last unlockings of each user were, by login name."""

    def __init__(self) -> None:
        self._shares: dict[str, deque[float]] = {}

    def advised(self, username: str, *, distance: float | None, threshold: float) -> bool:
        """One more unlocking of this user; whether a new appearance would make them surer."""
        # Written so that nan tells nothing.
        if distance is None or not (threshold > 0.0 and 0.0 <= distance / threshold <= 1.0):
            return False
        shares = self._shares.pop(username, None) or deque(maxlen=_LAST)
        shares.append(distance / threshold)
        # The user who came last comes last: those of long ago are forgotten first.
        self._shares[username] = shares
        if len(self._shares) > _MOST_USERS:
            del self._shares[next(iter(self._shares))]
        return sum(share >= _CLOSE for share in shares) >= _CLOSE_OF_THEM

    def forget(self, username: str) -> None:
        """Their appearances are others now."""
        self._shares.pop(username, None)

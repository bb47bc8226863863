"""Locked by hand: no unlock until the owner was seen to leave. Pure; no clock.

One machine for each locked session that its user locked. An absence is time with an open
camera without anybody there who could be the owner; time without a frame, such as with a camera
that was closed, proves nothing. Times are seconds on any clock that does not fall.
"""

import math
from enum import Enum

from daemon.config import Unlock


class OwnerPresence(Enum):
    """What a frame says about the owner."""

    PRESENT = "present"
    UNSURE = "unsure"
    """A face that may be the owner's: turned away, dark, blurred, or just at the threshold."""
    ABSENT = "absent"
    """Nobody, or surely somebody else."""


def locked_by_hand(*, idle: bool, shut: bool, asleep: bool) -> bool:
    """Whether a session that has just been locked was locked by its user.

    logind does not say. What locks by itself does so because nobody touched anything, because the
    lid was closed or because the machine goes to sleep; all else is taken for the user's own wish.
    A session found locked when the service starts was locked by hand as far as anybody knows.
    `shut` means that the lid is closed and there is no other screen: whoever works at another one
    has it closed all day, and locks by hand like anybody else.
    """
    return not (idle or shut or asleep)


class ManualLock:
    """Holds from `time` on until an absence or, where configured, a late key press."""

    def __init__(self, unlock: Unlock, *, time: float) -> None:
        self._absence = unlock.absence_seconds
        self._key_press = unlock.key_press_seconds
        self._locked_at = time
        self._unseen = 0.0
        self._last: float | None = None
        self._over = False

    @property
    def holds(self) -> bool:
        """Whether the session must stay locked."""
        return not self._over

    def observed(self, time: float, owner: OwnerPresence) -> None:
        """One frame at `time`. A doubtful one neither proves nor disproves an absence."""
        if not math.isfinite(time):
            return
        step = 0.0 if self._last is None else time - self._last
        self._last = time
        if owner is OwnerPresence.PRESENT:
            self._unseen = 0.0
        elif owner is OwnerPresence.ABSENT and step > 0.0:
            # Never the whole absence in one step: one frame is no absence, whatever came before.
            self._unseen += min(step, self._absence / 2)
            self._over = self._over or self._unseen >= self._absence

    def interrupted(self) -> None:
        """The camera was closed: what passes until the next frame does not count."""
        self._last = None

    def key_pressed(self, time: float) -> None:
        """A key was pressed in the session, or its screen was woken."""
        if self._key_press > 0.0 and time - self._locked_at >= self._key_press:
            self._over = True

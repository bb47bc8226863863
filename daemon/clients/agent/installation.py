"""Whether the files that the agent was started from are still those that are installed.

An upgrade restarts the service, and a removal ends it; neither can reach into every session. So the
agent looks when the service comes or goes, and twice a minute while there is none.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum

from daemon.clients.agent.messages import (
    DaemonDown,
    DaemonUp,
    Effect,
    Elapsed,
    Ending,
    Fact,
    Later,
    Stop,
)

_TIMER = "installation"
_SECONDS, _SURE_SECONDS = 30.0, 5.0


class Standing(Enum):
    """What became of the files since the start."""

    SAME = "same"
    REPLACED = "replaced"
    GONE = "gone"


class Installation:
    """Ends the agent when it was removed, and starts it anew when another took its place.

    `standing` compares the files.
    """

    def __init__(self, standing: Callable[[], Standing]) -> None:
        self._standing = standing
        self._down = False
        self._missed = False

    def react(self, fact: Fact, _at: datetime) -> Iterator[Effect]:
        """Has the files compared when the service comes, goes or stays away."""
        match fact:
            case DaemonUp():
                self._down = False
            case DaemonDown():
                self._down = True
            case Elapsed(timer) if timer == _TIMER:
                pass
            case _:
                return
        standing = self._standing()
        missed, self._missed = self._missed, standing is Standing.GONE
        if standing is Standing.REPLACED:
            yield Stop(Ending.AGAIN)
        elif missed and self._missed:
            yield Stop()
        elif self._missed:
            # An upgrade takes them away for a moment.
            yield Later(_TIMER, _SURE_SECONDS)
        elif self._down:
            yield Later(_TIMER, _SECONDS)

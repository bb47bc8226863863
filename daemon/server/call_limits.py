"""How many calls are answered at once, of everybody and of each user. Pure.

A user has one share, however many connections they open. Calls of a connection that nobody knows
yet count for it, until its user is known. What waits for a person at a dialogue of polkit holds up
nobody else, and has limits of its own.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from daemon.api import Error
from daemon.errors import RefusalError

MOST_CALLS, MOST_CALLS_EACH = 256, 32
MOST_DIALOGUES, MOST_DIALOGUES_EACH = 32, 4
MOST_CALLERS, MOST_CALLERS_EACH = 384, 64
"""Connections that are known, each with a descriptor of its process."""
Payer = int | str
"""As `Caller.payer`; or the name of a connection whose user is not known yet."""


class CallLimits:
    """Counts. Every method that takes a place raises TOO_MANY_REQUESTS where there is none."""

    def __init__(self) -> None:
        self._calls: Counter[Payer] = Counter()
        self._dialogues: Counter[Payer] = Counter()
        self._callers: Counter[Payer] = Counter()

    def begin(self, payer: Payer) -> None:
        """A call begins; `end` follows. Raises TOO_MANY_REQUESTS."""
        _take(self._calls, payer, MOST_CALLS, MOST_CALLS_EACH, "too many calls at once")

    def end(self, payer: Payer) -> None:
        """The call is answered, or given up."""
        _give_back(self._calls, payer)

    @contextmanager
    def dialogue(self, payer: Payer) -> Iterator[None]:
        """While a person is asked, the call has a place among the dialogues instead."""
        what = "too many dialogues are open"
        _take(self._dialogues, payer, MOST_DIALOGUES, MOST_DIALOGUES_EACH, what)
        _give_back(self._calls, payer)
        try:
            yield
        finally:
            _give_back(self._dialogues, payer)
            # It is being answered all the same: the next one will find less room.
            self._calls[payer] += 1

    @property
    def dialogues(self) -> int:
        """How many persons are being asked."""
        return self._dialogues.total()

    def caller_came(self, payer: Payer) -> None:
        """A connection is known from now on; `caller_left` follows. Raises TOO_MANY_REQUESTS."""
        what = "too many connections"
        _take(self._callers, payer, MOST_CALLERS, MOST_CALLERS_EACH, what)

    def caller_left(self, payer: Payer) -> None:
        """The connection has gone."""
        _give_back(self._callers, payer)


def _take(places: Counter[Payer], who: Payer, most: int, each: int, what: str) -> None:
    if places.total() >= most or places[who] >= each:
        raise RefusalError(Error.TOO_MANY_REQUESTS, what)
    places[who] += 1


def _give_back(places: Counter[Payer], who: Payer) -> None:
    places[who] -= 1
    if places[who] <= 0:
        del places[who]

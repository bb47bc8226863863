"""Clients that want to be told what happens to their own user."""

from collections.abc import Mapping

from daemon.api import Error, Event
from daemon.dbus.signals import Signals
from daemon.errors import RefusalError

_MOST = 256
_MOST_EACH = 32
"""Of one user, so that nobody takes the places of all."""


class Subscribers:
    """Who subscribed, by unique name on the bus."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._usernames: dict[str, str] = {}

    def add(self, client: str, username: str) -> None:
        """From now on the client is told; raises TOO_MANY_REQUESTS."""
        mine = sum(one == username for one in self._usernames.values())
        full = mine >= _MOST_EACH or len(self._usernames) >= _MOST
        if client not in self._usernames and full:
            raise RefusalError(Error.TOO_MANY_REQUESTS, "too many clients want to be told")
        self._usernames[client] = username

    def remove(self, client: str) -> None:
        """The client is told no more; nothing where it was not."""
        self._usernames.pop(client, None)

    def has(self, username: str) -> bool:
        """Whether a client of this user is told."""
        return username in self._usernames.values()

    def tell(self, username: str, event: Event, details: Mapping[str, object]) -> None:
        """Sends the signal `Event` to the subscribed clients of this user."""
        for client, name in list(self._usernames.items()):
            if name == username:
                self._signals.send(client, "Event", event.value, details)

"""Subscribe and Unsubscribe: who is told what happens to their own user."""

from typing import Any

from daemon.server.subscribers import Subscribers
from daemon.state.requester import Requester
from daemon.state.users import name_of

Answer = tuple[Any, ...]


class SubscriptionHandlers:
    """Anybody may subscribe; everybody hears of their own user alone."""

    def __init__(self, subscribers: Subscribers) -> None:
        self._subscribers = subscribers

    async def subscribe(self, requester: Requester) -> Answer:
        """From now on the caller is told."""
        self._subscribers.add(requester.client, await name_of(requester.caller.uid))
        return ()

    async def unsubscribe(self, requester: Requester) -> Answer:
        """The caller is told no more."""
        self._subscribers.remove(requester.client)
        return ()

"""What the agent is made of, what it speaks and tells things through, and what stands in there."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from daemon.clients.agent.messages import Effect, Fact, Notify, Speak
from daemon.clients.agent.settings import Settings

_log = logging.getLogger(__name__)


class Speaker(Protocol):
    """Says things. No method blocks or raises."""

    def apply(self, settings: Settings) -> None:
        """Speaks as these say from now on."""
        ...

    def say(self, effect: Speak) -> None:
        """Says it soon, or not at all."""
        ...

    def prime(self) -> None:
        """Makes ready: something will be said soon."""
        ...

    def release(self) -> None:
        """Lets go of what was made ready."""
        ...

    def close(self) -> None:
        """Falls silent."""
        ...


class Notifier(Protocol):
    """Shows notifications. No method blocks or raises."""

    def show(self, effect: Notify) -> None:
        """Shows it soon."""
        ...

    def withdraw(self, key: str) -> None:
        """Takes it back, where it is still there."""
        ...

    def close(self) -> None:
        """Shows nothing more."""
        ...


class LogNotifier:
    """Writes notifications to the log."""

    def show(self, effect: Notify) -> None:
        """One line."""
        _log.warning("%s", ": ".join(filter(None, (effect.title, effect.body))))

    def withdraw(self, key: str) -> None:
        """What is logged stays."""

    def close(self) -> None:
        """There is nothing to close."""


class Reactor(Protocol):
    """A pure machine: a fact and the local time go in, effects come out."""

    def react(self, fact: Fact, at: datetime) -> Iterable[Effect]:
        """What to do about it."""
        ...

"""Who is told of events: the clients of that user, and no more of them than have room."""

from typing import Any, cast

import pytest

from daemon.api import Error, Event
from daemon.dbus.signals import Signals
from daemon.errors import RefusalError
from daemon.server.subscribers import Subscribers


class SentSignals:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, tuple[Any, ...]]] = []

    def send(self, client: str, name: str, *values: Any) -> None:
        self.sent.append((client, name, values))


def _subscribers() -> tuple[Subscribers, SentSignals]:
    signals = SentSignals()
    return Subscribers(cast(Signals, signals)), signals


def test_an_event_goes_to_the_clients_of_its_user_alone() -> None:
    subscribers, signals = _subscribers()
    subscribers.add(":1.1", "ada")
    subscribers.add(":1.2", "bob")
    subscribers.add(":1.3", "ada")
    subscribers.remove(":1.3")
    subscribers.tell("ada", Event.LEFT, {})
    assert signals.sent == [(":1.1", "Event", ("left", {}))]


def test_one_user_does_not_take_the_places_of_all() -> None:
    subscribers, _ = _subscribers()
    for number in range(32):
        subscribers.add(f":1.{number}", "ada")
    subscribers.add(":1.0", "ada")
    with pytest.raises(RefusalError) as refusal:
        subscribers.add(":1.99", "ada")
    assert refusal.value.error is Error.TOO_MANY_REQUESTS
    subscribers.add(":1.99", "bob")


def test_there_is_an_end_of_room_for_everybody() -> None:
    subscribers, _ = _subscribers()
    for number in range(256):
        subscribers.add(f":1.{number}", f"user{number // 32}")
    with pytest.raises(RefusalError):
        subscribers.add(":1.999", "somebody")

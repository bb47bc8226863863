"""Outgoing signals: to one client, with the contract's types and no key that it does not have."""

from typing import Any, cast

import pytest
from dbus_fast import Message, MessageType, Variant

from daemon import api
from daemon.api import INTERFACE, Event
from daemon.dbus.connection import Bus
from daemon.dbus.signals import Signals, packed, unpacked


class SentMessages:
    """A bus that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)


def _sent(*values: Any) -> Message:
    bus = SentMessages()
    Signals(cast(Bus, bus)).send(":1.7", "Event", *values)
    (message,) = bus.sent
    return message


def test_a_signal_goes_to_one_client_with_the_types_of_the_contract() -> None:
    message = _sent(Event.REFUSED.value, {"count": 2})
    assert message.message_type is MessageType.SIGNAL
    assert (message.destination, message.path) == (":1.7", api.OBJECT_PATH)
    assert (message.member, message.signature) == ("Event", "sa{sv}")
    assert message.body == ["refused", {"count": Variant("u", 2)}]


def test_what_the_contract_does_not_have_is_not_sent() -> None:
    with pytest.raises(KeyError):
        _sent(Event.REFUSED.value, {"embedding": 0.5})
    with pytest.raises(ValueError, match="shorter"):
        _sent(Event.REFUSED.value)


def test_lists_of_dictionaries_and_their_inner_ones_are_packed() -> None:
    (status,) = INTERFACE.method("Status").outputs
    session = {"id": "1", "locked": True}
    values = packed(status, {"sessions": [session], "requests": 1})
    inner = [{"id": Variant("s", "1"), "locked": Variant("b", True)}]
    assert values == {"sessions": Variant("aa{sv}", inner), "requests": Variant("u", 1)}
    (decisions,) = INTERFACE.method("History").outputs
    assert packed(decisions, [{"time": 1.0}]) == [{"time": Variant("d", 1.0)}]


def test_values_of_a_message_come_without_variants() -> None:
    assert unpacked({"seconds": Variant("d", 2.0)}) == {"seconds": 2.0}
    assert unpacked("ada") == "ada"


def test_changed_properties_are_told_to_everybody() -> None:
    bus = SentMessages()
    Signals(cast(Bus, bus)).properties_changed({"State": Variant("s", "ready")})
    (message,) = bus.sent
    assert message.destination is None
    assert message.body == [api.INTERFACE_NAME, {"State": Variant("s", "ready")}, []]

"""Properties: told on change alone, read by anybody, set by nobody."""

from collections.abc import Mapping
from typing import Any, cast

import pytest
from dbus_fast import ErrorType, Message, MessageType, Variant

from daemon import api
from daemon.dbus.signals import Signals
from daemon.server.properties import Properties


class Told:
    """Keeps what is told of properties."""

    def __init__(self) -> None:
        self.news: list[Mapping[str, Variant]] = []

    def properties_changed(self, values: Mapping[str, Variant]) -> None:
        self.news.append(values)


class Values:
    """The values of all properties, and the properties made of them."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {
            "Version": "1",
            "State": "ready",
            "Embedder": "",
            "CameraOnSeconds": 0.0,
            "PausedUntil": 0,
        }
        self.told = Told()
        readers = {name: self._reader(name) for name in self.values}
        self.properties = Properties(readers, cast(Signals, self.told))

    def _reader(self, name: str) -> Any:
        return lambda: self.values[name]

    def ask(self, member: str, signature: str, *body: Any) -> Message:
        """The answer to a call."""
        return self.properties.answer(
            Message(
                destination=":1.1",
                sender=":1.2",
                path=api.OBJECT_PATH,
                interface="org.freedesktop.DBus.Properties",
                member=member,
                signature=signature,
                body=list(body),
                serial=1,
            )
        )


def test_only_what_changed_is_told_and_once() -> None:
    values = Values()
    values.properties.start()
    values.properties.changed()
    values.values |= {"State": "paused", "PausedUntil": 17}
    values.properties.changed()
    values.properties.changed()
    assert values.told.news == [{"State": Variant("s", "paused"), "PausedUntil": Variant("x", 17)}]


def test_what_never_changes_is_not_told() -> None:
    values = Values()
    values.properties.start()
    values.values["Version"] = "2"
    values.properties.changed()
    assert values.told.news == []


@pytest.mark.parametrize("interface", [api.INTERFACE_NAME, ""])
def test_properties_are_read_one_by_one_or_together(interface: str) -> None:
    values = Values()
    assert values.ask("Get", "ss", interface, "State").body == [Variant("s", "ready")]
    (together,) = values.ask("GetAll", "s", interface).body
    assert {name: one.value for name, one in together.items()} == values.values


def test_other_interfaces_have_none_of_ours() -> None:
    values = Values()
    assert values.ask("GetAll", "s", "org.example").body == [{}]
    answer = values.ask("Get", "ss", "org.example", "State")
    assert answer.error_name == ErrorType.UNKNOWN_PROPERTY.value


def test_none_can_be_set() -> None:
    values = Values()
    answer = values.ask("Set", "ssv", api.INTERFACE_NAME, "State", Variant("s", "open"))
    assert answer.message_type is MessageType.ERROR
    assert answer.error_name == ErrorType.PROPERTY_READ_ONLY.value
    assert values.ask("Seize", "").error_name == ErrorType.UNKNOWN_METHOD.value

"""Outgoing signals of the contract, and its values as the bus library wants them."""

from collections.abc import Mapping
from typing import Any

from dbus_fast import Message, MessageType, Variant

from daemon import api
from daemon.dbus.connection import Bus

PROPERTIES = "org.freedesktop.DBus.Properties"


class Signals:
    """Sends without waiting: a client that has gone hears nothing, and nobody is told so."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def send(self, client: str, name: str, *values: Any) -> None:
        """Sends the signal `name` of the contract to one client, by its unique name on the bus.

        Raises KeyError for a signal or a key that the contract does not have.
        """
        shape = api.INTERFACE.signal(name)
        self._bus.send(
            Message(
                message_type=MessageType.SIGNAL,
                destination=client,
                path=api.OBJECT_PATH,
                interface=api.INTERFACE_NAME,
                member=name,
                signature=shape.signature,
                body=[
                    packed(argument, value)
                    for argument, value in zip(shape.arguments, values, strict=True)
                ],
            )
        )

    def properties_changed(self, values: Mapping[str, Variant]) -> None:
        """Tells everybody on the bus the new values of these properties."""
        self._bus.send(
            Message(
                message_type=MessageType.SIGNAL,
                path=api.OBJECT_PATH,
                interface=PROPERTIES,
                member="PropertiesChanged",
                signature="sa{sv}as",
                body=[api.INTERFACE_NAME, dict(values), []],
            )
        )


def packed(argument: api.Argument, value: Any) -> Any:
    """A value of the contract as the library wants it: dictionaries with variants."""
    if argument.keys is None:
        return value
    if argument.signature == "aa{sv}":
        return [_variants(argument.keys, one) for one in value]
    return _variants(argument.keys, value)


def unpacked(value: Any) -> Any:
    """A value from a message as a plain one: dictionaries without their variants."""
    if isinstance(value, dict):
        return {name: one.value if isinstance(one, Variant) else one for name, one in value.items()}
    return value


def _variants(keys: api.Keys, values: Mapping[str, Any]) -> dict[str, Variant]:
    variants = {}
    for name, value in values.items():
        key = keys[name]
        inner = [_variants(key.keys, one) for one in value] if key.keys is not None else value
        variants[name] = Variant(key.signature, inner)
    return variants

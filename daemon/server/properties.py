"""The properties of the bus object, read by anybody; those of a session, by its own user alone."""

from collections.abc import Callable, Mapping
from typing import Any

from dbus_fast import ErrorType, Message, Variant

from daemon import __version__, api
from daemon.camera.remote import RemoteCamera
from daemon.dbus.signals import Signals
from daemon.policy import ROOT
from daemon.server.status import state_of
from daemon.state.context import Context
from daemon.verification.pool import AttemptPool


class Properties:
    """Answers questions for properties. `readers` gives the value of each, by name."""

    def __init__(
        self, readers: Mapping[str, Callable[[], Any]], signals: Signals, context: Context
    ) -> None:
        self._context = context
        self._readers = readers
        self._signals = signals
        self._sent: dict[str, Any] = {}

    def start(self) -> None:
        """What holds now counts as told."""
        self._sent = self._watched()

    def changed(self) -> None:
        """Tells everybody which properties changed since they were told last."""
        now = self._watched()
        news = {
            name: Variant(api.INTERFACE.property(name).signature, value)
            for name, value in now.items()
            if self._sent.get(name) != value
        }
        self._sent = now
        if news:
            self._signals.properties_changed(news)

    def answer(self, message: Message) -> Message:
        """The reply to a call of org.freedesktop.DBus.Properties."""
        if message.member == "Get" and message.signature == "ss":
            return self._one(message, *message.body)
        if message.member == "GetAll" and message.signature == "s":
            known = message.body[0] in (api.INTERFACE_NAME, "")
            shapes = api.INTERFACE.properties if known else ()
            values = {shape.name: self._variant(shape) for shape in shapes}
            return Message.new_method_return(message, "a{sv}", [values])
        if message.member == "Set":
            text = "no property can be set"
            return Message.new_error(message, ErrorType.PROPERTY_READ_ONLY, text)
        return Message.new_error(message, ErrorType.UNKNOWN_METHOD, "there is no such method")

    def of_session(self, message: Message, uid: int) -> Message:
        """The same of the object of a session, for the user `uid`: to others there is none."""
        session = self._context.session(str(message.path).removeprefix(api.SESSION_PATH + "/"))
        publishes = self._context.config.presence.publish
        if session is None or uid not in (ROOT, session.uid) or not publishes:
            return Message.new_error(message, ErrorType.UNKNOWN_OBJECT, "there is no such object")
        known = self._context.leaving.presence
        presence, attentive = known.get(session.id, (api.Presence.UNKNOWN, False))
        values = {"Presence": Variant("s", presence.value), "Attentive": Variant("b", attentive)}
        ours = bool(message.body) and message.body[0] in (api.SESSION_INTERFACE, "")
        if message.member == "GetAll" and message.signature == "s":
            return Message.new_method_return(message, "a{sv}", [values if ours else {}])
        if message.member == "Get" and message.signature == "ss":
            value = values.get(message.body[1]) if ours else None
            if value is not None:
                return Message.new_method_return(message, "v", [value])
        return Message.new_error(message, ErrorType.UNKNOWN_PROPERTY, "there is no such property")

    def _one(self, message: Message, interface: str, name: str) -> Message:
        found = [shape for shape in api.INTERFACE.properties if shape.name == name]
        if interface not in (api.INTERFACE_NAME, "") or not found:
            text = f"there is no property {name}"
            return Message.new_error(message, ErrorType.UNKNOWN_PROPERTY, text)
        return Message.new_method_return(message, "v", [self._variant(found[0])])

    def _variant(self, shape: api.Property) -> Variant:
        return Variant(shape.signature, self._readers[shape.name]())

    def _watched(self) -> dict[str, Any]:
        """Values of the properties whose changes are told."""
        shapes = api.INTERFACE.properties
        return {one.name: self._readers[one.name]() for one in shapes if one.emits == "true"}


def readers(
    context: Context, worker: RemoteCamera, attempts: AttemptPool
) -> Mapping[str, Callable[[], Any]]:
    """What gives the value of each property of the contract, by name, and of `DamagedPictures`,
    which `Status` alone tells.
    """

    def state() -> str:
        watching = bool(context.watched)
        return state_of(context, attempting=attempts.running > 0, watching=watching).value

    return {
        "Version": lambda: __version__,
        "State": state,
        "Embedder": lambda: context.models.embedder,
        "CameraOnSeconds": lambda: round(worker.on_seconds, 3),
        "DamagedPictures": lambda: worker.damaged,
        "PausedUntil": lambda: context.paused_until,
    }

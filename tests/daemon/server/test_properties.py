"""Properties: told on change alone, read by anybody, set by nobody."""

from collections.abc import Mapping
from typing import Any, cast

import pytest
from dbus_fast import ErrorType, Message, MessageType, Variant

from daemon import api
from daemon.config import Config, Presence
from daemon.dbus.signals import Signals
from daemon.server.properties import Properties
from daemon.state.context import Context, LeavingFacts
from tests.daemon.sessions import LOCKED


class Told:
    """Keeps what is told of properties."""

    def __init__(self) -> None:
        self.news: list[Mapping[str, Variant]] = []

    def properties_changed(self, values: Mapping[str, Variant]) -> None:
        self.news.append(values)


class _Context:
    """Session 1 of the user 1000, before which the owner is."""

    def __init__(self) -> None:
        self.config = Config(presence=Presence(publish=True))
        self.leaving = LeavingFacts(presence={"1": (api.Presence.OWNER, True)})

    def session(self, session_id: str) -> Any:
        return LOCKED if session_id == LOCKED.id else None


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
        self.context = _Context()
        self.properties = Properties(readers, cast(Signals, self.told), cast(Context, self.context))

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


def _of_session(values: Values, session: str, uid: int, member: str, *body: str) -> Message:
    message = Message(
        destination=":1.1",
        sender=":1.2",
        path=f"{api.SESSION_PATH}/{session}",
        interface="org.freedesktop.DBus.Properties",
        member=member,
        signature="s" * len(body),
        body=list(body),
        serial=1,
    )
    return values.properties.of_session(message, uid)


def test_the_own_user_reads_who_is_before_a_session() -> None:
    values, uid = Values(), LOCKED.uid
    answer = _of_session(values, "1", uid, "GetAll", api.SESSION_INTERFACE)
    assert {name: one.value for name, one in answer.body[0].items()} == {
        "Presence": "owner",
        "Attentive": True,
    }
    one = _of_session(values, "1", uid, "Get", api.SESSION_INTERFACE, "Presence")
    assert one.body[0].value == "owner"
    values.context.leaving.presence.clear()
    one = _of_session(values, "1", uid, "Get", api.SESSION_INTERFACE, "Presence")
    assert one.body[0].value == "unknown"


@pytest.mark.parametrize(("session", "uid"), [("1", LOCKED.uid + 1), ("2", LOCKED.uid)])
def test_to_others_there_is_no_such_object(session: str, uid: int) -> None:
    answer = _of_session(Values(), session, uid, "Get", api.SESSION_INTERFACE, "Presence")
    assert answer.error_name == "org.freedesktop.DBus.Error.UnknownObject"


def test_what_is_not_published_is_not_there() -> None:
    values = Values()
    values.context.config = Config()
    answer = _of_session(values, "1", LOCKED.uid, "Get", api.SESSION_INTERFACE, "Presence")
    assert answer.error_name == "org.freedesktop.DBus.Error.UnknownObject"


@pytest.mark.parametrize(
    ("member", "body"),
    [
        ("Get", (api.SESSION_INTERFACE, "Distance")),
        ("Get", (api.INTERFACE_NAME, "Presence")),
        ("Set", (api.SESSION_INTERFACE, "Presence")),
    ],
)
def test_a_session_has_no_other_properties(member: str, body: tuple[str, ...]) -> None:
    answer = _of_session(Values(), "1", LOCKED.uid, member, *body)
    assert answer.message_type is MessageType.ERROR

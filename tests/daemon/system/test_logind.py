"""Signals of logind that come with an answer, in one read of the bus: they are newer."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from dbus_fast import Message, MessageType, Variant

from daemon.dbus.connection import Bus
from daemon.errors import BusError
from daemon.system.logind import Logind
from daemon.system.sessions import Change
from tests.daemon.sessions import LOCKED

OWNER = ":1.2"
MANAGER = "org.freedesktop.login1.Manager"
SESSION = {
    "Id": LOCKED.id,
    "Name": LOCKED.username,
    "Type": LOCKED.kind,
    "Class": LOCKED.session_class,
    "Active": True,
    "Remote": False,
    "LockedHint": True,
    "IdleHint": True,
    "User": [LOCKED.uid, "/org/freedesktop/login1/user/self"],
    "Seat": [LOCKED.seat, "/org/freedesktop/login1/seat/self"],
}


def signal(
    member: str,
    signature: str,
    *body: Any,
    sender: str = OWNER,
    path: str = "/org/freedesktop/login1",
    interface: str = MANAGER,
) -> Message:
    return Message(
        sender=sender,
        path=path,
        interface=interface,
        member=member,
        message_type=MessageType.SIGNAL,
        signature=signature,
        body=list(body),
    )


class FakeBus:
    """A logind with one session; `meanwhile`, by what is asked for, is heard with its answer."""

    def __init__(self) -> None:
        self.session: dict[str, Any] | None = SESSION
        self.asleep = False
        self.meanwhile: dict[str, Callable[[], Message]] = {}

    def listen(self, handler: Callable[[Message], bool]) -> None:
        self.hear = handler

    async def match(self, _rule: str) -> None:
        pass

    async def follow_owner(self, _name: str, _changed: Callable[[str], None]) -> str:
        return OWNER

    async def call(self, _to: str, _path: str, _interface: str, member: str, **_: Any) -> Message:
        listed = [LOCKED.id, LOCKED.uid, LOCKED.username, LOCKED.seat, LOCKED.path]
        body = [[listed]] if member == "ListSessions" else []
        signature = "a(susso)" if body else ""
        kind = MessageType.METHOD_RETURN
        return Message(message_type=kind, reply_serial=1, signature=signature, body=body)

    async def get(self, _to: str, _path: str, _interface: str, name: str) -> object:
        answer = {"PreparingForSleep": self.asleep}.get(name, False)
        self._with_the_answer(name)
        return answer

    async def get_all(self, _to: str, _path: str, _interface: str) -> dict[str, Any]:
        answer = self.session
        self._with_the_answer("session")
        if answer is None:
            raise BusError("no such session")
        return answer

    def _with_the_answer(self, asked: str) -> None:
        if asked in self.meanwhile:
            self.hear(self.meanwhile.pop(asked)())


def started(bus: FakeBus) -> tuple[Logind, list[Change]]:
    """What is known once all is read, and what was told."""
    told: list[Change] = []

    async def start() -> Logind:
        logind = Logind(cast(Bus, bus))
        logind.listen(lambda event: told.append(event.change))
        await logind.start()
        return logind

    return asyncio.run(start()), told


def test_it_is_read_once_where_nothing_changes() -> None:
    logind, told = started(FakeBus())
    assert [session.id for session in logind.all] == [LOCKED.id]
    assert (logind.asleep, logind.lid_closed) == (False, False)
    assert told == [Change.APPEARED, Change.LID]


def test_a_session_that_ends_as_it_is_read_does_not_come_back() -> None:
    bus = FakeBus()

    def gone() -> Message:
        bus.session = None
        return signal("SessionRemoved", "so", LOCKED.id, LOCKED.path)

    bus.meanwhile["session"] = gone
    logind, _ = started(bus)
    assert logind.all == ()


@pytest.mark.parametrize("asleep", [True, False])
def test_a_sleep_that_begins_or_ends_as_it_is_asked_for_is_known(*, asleep: bool) -> None:
    bus = FakeBus()
    bus.asleep = not asleep

    def turned() -> Message:
        bus.asleep = asleep
        return signal("PrepareForSleep", "b", asleep)

    bus.meanwhile["PreparingForSleep"] = turned
    logind, _ = started(bus)
    assert logind.asleep is asleep


def properties(changed: dict[str, Variant], *, sender: str = OWNER) -> Message:
    interface = "org.freedesktop.login1.Session"
    return signal(
        "PropertiesChanged",
        "sa{sv}as",
        *(interface, changed, []),
        sender=sender,
        path=LOCKED.path,
        interface="org.freedesktop.DBus.Properties",
    )


def heard(*signals: Message) -> list[Change]:
    """What is told of these, heard before the session that they change is read again."""
    bus = FakeBus()
    told: list[Change] = []

    async def hear() -> None:
        logind = Logind(cast(Bus, bus))
        await logind.start()
        logind.listen(lambda event: told.append(event.change))
        for one in signals:
            bus.hear(one)
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0)

    asyncio.run(hear())
    return told


def test_a_hint_that_was_away_until_it_is_read_was_away() -> None:
    away, back = ({"LockedHint": Variant("b", hint)} for hint in (False, True))
    assert heard(properties(away), properties(back)) == [Change.UNLOCKED, Change.LOCKED]


@pytest.mark.parametrize(
    "changed",
    [
        {"LockedHint": Variant("b", True)},
        {"IdleHint": Variant("b", False)},
        {"LockedHint": Variant("u", 0)},
    ],
)
def test_other_properties_take_no_hint_away(changed: dict[str, Variant]) -> None:
    assert heard(properties(changed)) == []


def test_nobody_but_logind_takes_a_hint_away() -> None:
    away = {"LockedHint": Variant("b", False)}
    assert heard(properties(away, sender=":1.6")) == []


def test_a_hint_that_goes_as_it_is_read_is_gone() -> None:
    bus = FakeBus()

    def gone() -> Message:
        bus.session = {**SESSION, "LockedHint": False}
        return properties({"LockedHint": Variant("b", False)})

    bus.meanwhile["session"] = gone
    logind, told = started(bus)
    assert [session.locked for session in logind.all] == [False]
    assert told == [Change.APPEARED, Change.LID]


def test_what_others_signal_changes_nothing() -> None:
    bus = FakeBus()
    bus.meanwhile = {
        "session": lambda: signal("SessionRemoved", "so", "1", LOCKED.path, sender=":1.6"),
        "PreparingForSleep": lambda: signal("PrepareForSleep", "b", True, sender=":1.6"),
    }
    logind, _ = started(bus)
    assert len(logind.all) == 1
    assert not logind.asleep

"""Units of systemd: started over a bus that does as told; the real one is met in tests/machine."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from dbus_fast import Message, MessageType

from daemon.dbus.connection import Bus, Handler
from daemon.errors import BusError, UnlockError
from daemon.system import systemd_units
from daemon.system.systemd_units import Systemd

SYSTEMD = ":1.1"


def removed(job: str, result: str, *, sender: str = SYSTEMD, member: str = "JobRemoved") -> Message:
    return Message(
        message_type=MessageType.SIGNAL,
        sender=sender,
        path="/org/freedesktop/systemd1",
        interface="org.freedesktop.systemd1.Manager",
        member=member,
        signature="uoss",
        body=[7, job, "x.service", result],
    )


class Line(Bus):
    """A bus that answers with job 7 and then says `signals`; `early` before it answers."""

    def __init__(self, *signals: Message, early: bool = False, refuses: bool = False) -> None:
        self._signals = signals
        self._early = early
        self._refuses = refuses
        self._handlers: list[Handler] = []

    async def owner(self, name: str) -> str:
        assert name == "org.freedesktop.systemd1"
        return SYSTEMD

    async def match(self, rule: str) -> None:
        assert "JobRemoved" in rule

    def listen(self, handler: Callable[[Message], bool]) -> None:
        self._handlers.append(handler)

    async def call(self, destination: str, *_: Any, **options: Any) -> Message:
        assert destination == "org.freedesktop.systemd1"
        assert options["body"] == ["x.service", "fail"]
        if self._refuses:
            raise BusError("access denied")
        if self._early:
            self._say()
        else:
            asyncio.get_running_loop().call_later(0.01, self._say)
        return Message(
            message_type=MessageType.METHOD_RETURN, signature="o", body=["/job/7"], reply_serial=1
        )

    def _say(self) -> None:
        for message in self._signals:
            for handler in self._handlers:
                assert not handler(message)


def run(line: Line) -> None:
    asyncio.run(Systemd(line).run("x.service"))


@pytest.mark.parametrize("early", [False, True])
def test_a_unit_that_did_its_work(early: bool) -> None:
    run(Line(removed("/job/6", "failed"), removed("/job/7", "done"), early=early))


@pytest.mark.parametrize("result", ["failed", "canceled", "timeout", "dependency", "skipped"])
def test_a_unit_that_did_not(result: str) -> None:
    with pytest.raises(UnlockError, match=f"ended with: {result}"):
        run(Line(removed("/job/7", result)))


def test_one_that_may_not_be_started() -> None:
    with pytest.raises(UnlockError, match="cannot be started: access denied"):
        run(Line(refuses=True))


@pytest.mark.parametrize(
    "lie", [removed("/job/7", "done", sender=":1.66"), removed("/job/7", "done", member="JobNew")]
)
def test_nobody_else_says_how_it_ended(lie: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd_units, "_SECONDS", 0.1)
    with pytest.raises(UnlockError, match="did not end"):
        run(Line(lie))


def test_two_at_once_each_get_their_own() -> None:
    async def both() -> None:
        systemd = Systemd(Line(removed("/job/7", "done")))
        await asyncio.gather(systemd.run("x.service"), systemd.run("x.service"))

    asyncio.run(both())

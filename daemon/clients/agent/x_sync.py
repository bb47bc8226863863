"""The alarms of an X server on how long nobody touched anything: what python-xlib lacks of SYNC.

Numbers and layouts are those of "X Synchronization Extension Protocol" (X11R7.7, sync.html); the
counter IDLETIME, in milliseconds, is the X.Org server's (Xext/sync.c) and its relatives'.
"""

import struct
from typing import Any

from Xlib.protocol import rq

NAME = "SYNC"
IDLE_COUNTER = b"IDLETIME"
_MOST_COUNTERS = 64
_COUNTER_SIZE = 14
"""A counter's number (4 bytes), its resolution (8) and the length of its name (2)."""
_ALARM_NOTIFY = 1
_ABSOLUTE = 0
_POSITIVE_TRANSITION, _NEGATIVE_TRANSITION = 0, 1
_WANTED = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x20
"""Of an alarm: its counter, kind of value, value, test, delta and whether it sends events."""
_HEADER = (rq.ReplyCode(), rq.Pad(1), rq.Card16("sequence_number"), rq.ReplyLength())


class _Initialize(rq.ReplyRequest):  # type: ignore[misc]  # untyped
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(0),
        rq.RequestLength(),
        rq.Card8("major"),
        rq.Card8("minor"),
        rq.Pad(2),
    )
    _reply = rq.Struct(*_HEADER, rq.Card8("major"), rq.Card8("minor"), rq.Pad(22))


class _ListSystemCounters(rq.ReplyRequest):  # type: ignore[misc]  # untyped
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(1), rq.RequestLength())
    _reply = rq.Struct(*_HEADER, rq.Int32("count"), rq.Pad(20), rq.Binary("counters"))


class _QueryCounter(rq.ReplyRequest):  # type: ignore[misc]  # untyped
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(5), rq.RequestLength(), rq.Card32("counter"))
    _reply = rq.Struct(*_HEADER, rq.Int32("high"), rq.Card32("low"), rq.Pad(16))


class _CreateAlarm(rq.Request):  # type: ignore[misc]  # untyped
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(8),
        rq.RequestLength(),
        rq.Card32("alarm"),
        rq.Card32("mask"),
        rq.Card32("counter"),
        rq.Card32("value_type"),
        rq.Int32("high"),
        rq.Card32("low"),
        rq.Card32("test"),
        rq.Int32("delta_high"),
        rq.Card32("delta_low"),
        rq.Card32("events"),
    )


class _AlarmNotify(rq.Event):  # type: ignore[misc]  # untyped
    _code = None
    _fields = rq.Struct(
        rq.Card8("type"),
        rq.Card8("kind"),
        rq.Card16("sequence_number"),
        rq.Card32("alarm"),
        rq.Int32("counter_high"),
        rq.Card32("counter_low"),
        rq.Int32("alarm_high"),
        rq.Card32("alarm_low"),
        rq.Card32("timestamp"),
        rq.Card8("state"),
        rq.Pad(3),
    )


class IdleAlarms:
    """The alarms of one connection, python-xlib's `display`.

    What is asked of the server raises Xlib's ConnectionClosedError where that has gone.
    """

    def __init__(self, display: Any) -> None:
        self._display = display
        self._major = 0
        self._event = self._counter = 0

    def begin(self) -> bool:
        """Whether the server has the counter; to be called before the others."""
        found = self._display.query_extension(NAME)
        if found is None or not found.present:
            return False
        self._major = found.major_opcode
        self._event = found.first_event + _ALARM_NOTIFY
        self._display.extension_add_event(self._event, _AlarmNotify)
        self._ask(_Initialize, major=3, minor=0)
        listed = self._ask(_ListSystemCounters)
        self._counter = counters(listed.counters, listed.count).get(IDLE_COUNTER, 0)
        return bool(self._counter)

    def idle_seconds(self) -> float:
        """How long nobody touched anything."""
        value = self._ask(_QueryCounter, counter=self._counter)
        return _joined(value.high, value.low) / 1000

    def watch(self, seconds: float, *, below: bool) -> int:
        """An alarm that goes off each time that many idle seconds are reached, or with `below` each
        time that they are fallen below; its number.
        """
        alarm: int = self._display.display.allocate_resource_id()
        milliseconds = int(seconds * 1000) - below
        _CreateAlarm(
            display=self._display.display,
            opcode=self._major,
            alarm=alarm,
            mask=_WANTED,
            counter=self._counter,
            value_type=_ABSOLUTE,
            high=0,
            low=milliseconds,
            test=_NEGATIVE_TRANSITION if below else _POSITIVE_TRANSITION,
            # Without a step it stays as it is, and goes off again (sync.html, "Alarms").
            delta_high=0,
            delta_low=0,
            events=1,
        )
        self._display.flush()
        return alarm

    def gone_off(self) -> list[int]:
        """The alarms that have gone off since, in their order; never waits."""
        events = [self._display.next_event() for _ in range(self._display.pending_events())]
        return [one.alarm for one in events if one.type == self._event]

    def _ask(self, request: Any, **values: int) -> Any:
        return request(display=self._display.display, opcode=self._major, **values)


def counters(listed: bytes, count: int) -> dict[bytes, int]:
    """The counters of a reply, by name; what is cut off or too much is left out."""
    found: dict[bytes, int] = {}
    for _ in range(min(count, _MOST_COUNTERS)):
        if len(listed) < _COUNTER_SIZE:
            break
        number, size = _numbers(listed)
        found[listed[_COUNTER_SIZE : _COUNTER_SIZE + size]] = number
        # Each is padded to a multiple of four bytes.
        listed = listed[_COUNTER_SIZE + size + -(_COUNTER_SIZE + size) % 4 :]
    return found


def _numbers(listed: bytes) -> tuple[int, int]:
    # Xlib asks for the byte order of the machine.
    number, _high, _low, size = struct.unpack_from("=IiIH", listed)
    return number, size


def _joined(high: int, low: int) -> int:
    return (high << 32) | low

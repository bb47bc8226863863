"""Whom the agent asks about displays, by where it runs; what it needs is imported at once.

Who is asked next, where one has ended, is `test_desktop_parts.py`'s.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from dbus_fast import Message, MessageType, Variant

from daemon.clients.agent import displays
from daemon.dbus.connection import Bus

_IMPORTED = """\
import asyncio, sys
from daemon.clients.agent import displays
displays.kinds(asyncio.Event(), asyncio.Event())
print(*sorted({"Xlib", "pywayland"} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("environment", "imported"),
    [
        ({"DISPLAY": ":9"}, "Xlib"),
        ({"WAYLAND_DISPLAY": "wayland-9", "DISPLAY": ":9"}, "pywayland"),
        ({}, ""),
    ],
)
def test_what_it_needs_is_imported_before_other_threads_begin(
    environment: dict[str, str], imported: str
) -> None:
    # The tray's thread imports six, as Xlib does: the loser of the two found half a module.
    kept = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == imported


class _Mutter:
    """Its bus: the displays are `mode`; what is `told` is heard in one read with that answer."""

    def __init__(self, mode: int, told: list[int]) -> None:
        self._mode = mode
        self._told = told

    async def follow_owner(self, _name: str, _changed: Callable[[str], None]) -> str:
        return ":1.5"

    def listen(self, handler: Callable[[Message], bool]) -> None:
        self._handler = handler

    async def match(self, _rule: str) -> None:
        pass

    async def get(self, _to: str, path: str, interface: str, name: str) -> int:
        for mode in self._told:
            self._handler(
                Message(
                    sender=":1.5",
                    path=path,
                    interface="org.freedesktop.DBus.Properties",
                    member="PropertiesChanged",
                    message_type=MessageType.SIGNAL,
                    signature="sa{sv}as",
                    body=[interface, {name: Variant("i", mode)}, []],
                )
            )
        return self._mode

    async def gone(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("mode", "told", "known"),
    [(0, [], [True]), (3, [], [False]), (0, [3], [False]), (3, [0], [True])],
)
def test_a_mode_that_is_told_with_the_answer_is_newer(
    monkeypatch: pytest.MonkeyPatch, mode: int, told: list[int], known: list[bool]
) -> None:
    async def connect(_address: str) -> _Mutter:
        return _Mutter(mode, told)

    monkeypatch.setattr(Bus, "connect", connect)
    heard: list[bool] = []
    assert asyncio.run(displays.follow_mutter(heard.append, asyncio.Event()))
    assert heard == known

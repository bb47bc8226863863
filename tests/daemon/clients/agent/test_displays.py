"""Whom the agent asks about displays, by where it runs; what it needs is imported at once."""

import asyncio
import os
import subprocess
import sys

import pytest

from daemon.clients.agent import displays

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


def test_who_is_gone_counts_as_on() -> None:
    async def ends_dark(hear: displays.Hear) -> bool:
        hear(True)
        hear(True)
        hear(False)
        return True

    heard: list[bool] = []
    asyncio.run(displays.follow(heard.append, (ends_dark,)))
    assert heard == [True, False, True]


def test_who_knows_nothing_leaves_it_to_the_next() -> None:
    async def nobody(_hear: displays.Hear) -> bool:
        return False

    async def somebody(hear: displays.Hear) -> bool:
        hear(True)
        return True

    heard: list[bool] = []
    asyncio.run(displays.follow(heard.append, (nobody, somebody, nobody)))
    assert heard == [True]

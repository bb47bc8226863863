"""Notifications on a real bus: with a service, without one, with one that restarts or lies."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, Variant

from daemon.clients.agent import notifier
from daemon.clients.agent.messages import Action, Choice, Notify, Open, Program, Resume, Withdraw
from daemon.clients.agent.notifier import NAME, PATH, DesktopNotifier
from daemon.dbus.connection import Bus
from tests.bus.mocks import mock_python
from tests.bus.peer import Peer
from tests.bus.world import MOCK, PATIENCE, World, eventually, has_owner

ACTIVITY = Action("Recent activity", Open(Program.ACTIVITY))
RESUME = Action("Resume", Resume())
ALL = "body body-markup actions"


@dataclass
class Desktop:
    """A session bus with a service of notifications that does as told."""

    world: World
    service: "subprocess.Popen[bytes] | None" = None
    chosen: list[Choice] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def start(self, capabilities: str = ALL) -> None:
        """A service that can do this."""
        command = [
            mock_python(),
            "-m",
            "dbusmock",
            "--session",
            "--template",
            "notification_daemon",
        ]
        command += ["--parameters", json.dumps({"capabilities": capabilities})]
        environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": self.world.address}
        self.service = self.world._run(command, environment)
        eventually(self._there, "a service of notifications")

    def stop(self) -> None:
        """Kills the service."""
        self.signal(signal.SIGKILL)
        assert self.service is not None
        self.service.wait()

    def signal(self, number: int) -> None:
        """Sends the service a signal."""
        assert self.service is not None
        self.service.send_signal(number)

    def calls(self, member: str) -> list[list[Any]]:
        """The arguments of each call so far."""
        with Peer(self.world.address) as peer:
            calls = peer.call(NAME, PATH, MOCK, "GetCalls")
        return [[_plain(one) for one in call[2]] for call in calls if call[1] == member]

    def click(self, number: int, word: str) -> None:
        """The service says that somebody clicked."""
        self._emit("ActionInvoked", "us", Variant("u", number), Variant("s", word))

    def dismiss(self, number: int) -> None:
        """The service says that somebody closed one."""
        self._emit("NotificationClosed", "uu", Variant("u", number), Variant("u", 2))

    @asynccontextmanager
    async def notifier(self) -> AsyncIterator[DesktopNotifier]:
        """The agent's part."""

        async def connect() -> Bus:
            return await Bus.connect(self.world.address)

        made = DesktopNotifier(
            choose=self.chosen.append, warn=self.warnings.append, connect=connect
        )
        try:
            yield made
        finally:
            made.close()

    def perform(self, *steps: Notify | Withdraw | Callable[[], object]) -> None:
        """Effects, each waited for, and what happens between them."""

        async def run() -> None:
            async with self.notifier() as made:
                for step in steps:
                    if callable(step):
                        await asyncio.to_thread(step)
                        continue
                    if isinstance(step, Withdraw):
                        made.withdraw(step.key)
                    else:
                        made.show(step)
                    await _idle(made)

        asyncio.run(asyncio.wait_for(run(), PATIENCE))

    def _emit(self, name: str, signature: str, *values: Variant) -> None:
        with Peer(self.world.address) as peer:
            peer.call(NAME, PATH, MOCK, "EmitSignal", "sssav", NAME, name, signature, list(values))

    def _there(self) -> bool:
        with Peer(self.world.address) as peer:
            return has_owner(peer, NAME)


async def _idle(made: DesktopNotifier) -> None:
    while made._waiting or made._busy:
        await asyncio.sleep(0.005)


def _plain(value: Any) -> Any:
    if isinstance(value, Variant):
        return _plain(value.value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed")
    world = World(tmp_path)
    try:
        world.start_bus()
        yield Desktop(world)
    finally:
        world.close()


def test_a_notification_is_shown_with_its_buttons(desktop: Desktop) -> None:
    desktop.start()
    desktop.perform(Notify("refused", "Title", "Body", (ACTIVITY, RESUME), urgent=True))
    ((program, replaces, icon, title, body, actions, hints, seconds),) = desktop.calls("Notify")
    assert (program, replaces, title, body) == ("Facelatch", 0, "Title", "Body")
    assert Path(icon.removeprefix("file://")).is_file()
    assert actions == ["0", "Recent activity", "1", "Resume"]
    assert hints == {"urgency": 2, "desktop-entry": "facelatch"}
    assert seconds == -1
    assert desktop.warnings == []


def test_one_of_the_same_key_takes_the_place_of_the_last(desktop: Desktop) -> None:
    desktop.start()
    desktop.perform(Notify("a", "1"), Notify("b", "2"), Notify("a", "3"))
    assert [(call[3], call[1]) for call in desktop.calls("Notify")] == [
        ("1", 0),
        ("2", 0),
        ("3", 1),
    ]


def test_one_that_was_closed_is_not_replaced(desktop: Desktop) -> None:
    desktop.start()
    desktop.perform(Notify("a", "1"), lambda: desktop.dismiss(1), _settle, Notify("a", "2"))
    assert [call[1] for call in desktop.calls("Notify")] == [0, 0]


def test_a_click_is_a_choice(desktop: Desktop) -> None:
    desktop.start()
    desktop.perform(
        Notify("paused", "Title", "", (ACTIVITY, RESUME)),
        lambda: desktop.click(1, "1"),
        lambda: eventually(lambda: desktop.chosen, "a choice"),
    )
    assert desktop.chosen == [Resume()]


def test_a_click_that_comes_with_the_number_of_what_was_clicked_counts(desktop: Desktop) -> None:
    """A busy agent reads the reply and the click in one go."""
    desktop.start()

    async def click_early() -> None:
        async with desktop.notifier() as made:
            made.show(Notify("first", "Title"))
            await _idle(made)
            made._busy = True
            made._clicked(2, "1")
            made._clicked(3, "0")
            assert desktop.chosen == []
            made.show(Notify("paused", "Title", "", (ACTIVITY, RESUME)))
            await _idle(made)

    asyncio.run(asyncio.wait_for(click_early(), PATIENCE))
    assert desktop.chosen == [Resume()]


@pytest.mark.parametrize(
    ("number", "word"), [(1, "2"), (1, "-1"), (1, "default"), (1, ""), (1, "٣"), (2, "0"), (0, "0")]
)
def test_a_click_on_what_is_not_there_is_none(desktop: Desktop, number: int, word: str) -> None:
    desktop.start()
    desktop.perform(
        Notify("paused", "Title", "", (RESUME,)),
        lambda: desktop.click(number, word),
        lambda: desktop.click(1, "0"),
        lambda: eventually(lambda: desktop.chosen, "the real click"),
    )
    assert desktop.chosen == [Resume()]


def test_only_the_service_can_say_that_somebody_clicked(desktop: Desktop) -> None:
    """Any program on the session bus may send a signal of that name."""
    desktop.start()

    def forge() -> None:
        with Peer(desktop.world.address) as peer:
            forged = Message.new_signal(PATH, NAME, "ActionInvoked", "us", [1, "1"])
            peer.send(forged)
            # Straight to everybody, past the match rule.
            names = peer.call(
                "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListNames"
            )
            for name in names:
                if name.startswith(":"):
                    told = Message.new_signal(PATH, NAME, "ActionInvoked", "us", [1, "1"])
                    told.destination = name
                    peer.send(told)

    desktop.perform(
        Notify("paused", "Title", "", (ACTIVITY, RESUME)),
        forge,
        lambda: desktop.click(1, "0"),
        lambda: eventually(lambda: desktop.chosen, "the real click"),
    )
    assert desktop.chosen == [Open(Program.ACTIVITY)]


def test_a_withdrawn_one_is_closed(desktop: Desktop) -> None:
    desktop.start()
    desktop.perform(Notify("a", "1"), Withdraw("a"), Withdraw("a"), Withdraw("never"))
    assert desktop.calls("CloseNotification") == [[1]]


@pytest.mark.parametrize(
    ("capabilities", "shown"),
    [(ALL, "&lt;b&gt;Ada&lt;/b&gt; &amp; &lt;img src=x&gt;"), ("body", "<b>Ada</b> & <img src=x>")],
)
def test_what_looks_like_markup_is_text(desktop: Desktop, capabilities: str, shown: str) -> None:
    desktop.start(capabilities)
    desktop.perform(Notify("a", "Title", "<b>Ada</b> & <img src=x>", (RESUME,)))
    (call,) = desktop.calls("Notify")
    assert call[4] == shown
    # Buttons only where the service has some.
    assert bool(call[5]) is (capabilities == ALL)


def test_control_characters_and_length_are_bounded(desktop: Desktop) -> None:
    desktop.start()
    desktop.perform(Notify("a", "T\x1b[1m\u202e\n" + "x" * 500, "y" * 5000))
    (call,) = desktop.calls("Notify")
    assert call[3].isprintable()
    assert len(call[3]) == 100
    assert len(call[4]) == 500


def test_without_a_service_one_line_says_so_and_the_next_is_shown(desktop: Desktop) -> None:
    desktop.perform(
        Notify("a", "1"), Notify("a", "2"), Withdraw("a"), desktop.start, Notify("a", "3")
    )
    assert len(desktop.warnings) == 1
    assert desktop.warnings[0].startswith("no notifications: ")
    assert [call[3] for call in desktop.calls("Notify")] == ["3"]


def test_a_service_that_restarts_has_other_numbers_and_abilities(desktop: Desktop) -> None:
    desktop.start()
    desktop.perform(
        Notify("b", "0"),
        Notify("a", "1", "<x>", (RESUME,)),
        desktop.stop,
        lambda: desktop.start("body"),
        _settle,
        Notify("a", "2", "<x>", (RESUME,)),
        lambda: desktop.click(1, "0"),
        _settle,
    )
    ((_, replaces, _, title, body, actions, *_),) = desktop.calls("Notify")
    assert (replaces, title, body, actions) == (0, "2", "<x>", [])
    assert desktop.chosen == []


def test_a_service_that_hangs_costs_a_warning(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "_CALL_SECONDS", 0.2)
    desktop.start()
    desktop.perform(
        Notify("a", "1"),
        lambda: desktop.signal(signal.SIGSTOP),
        Notify("a", "2"),
        lambda: desktop.signal(signal.SIGCONT),
        Notify("a", "3"),
    )
    assert len(desktop.warnings) == 1
    assert "in time" in desktop.warnings[0]
    assert desktop.calls("Notify")[-1][3] == "3"


def test_a_bus_that_has_gone_is_connected_to_anew(desktop: Desktop) -> None:
    desktop.start()

    def end_bus() -> None:
        bus = desktop.world.processes[0]
        bus.kill()
        bus.wait()

    def again() -> None:
        desktop.world.start_bus()
        desktop.start()

    desktop.perform(Notify("a", "1"), end_bus, _settle, Notify("a", "2"), again, Notify("a", "3"))
    assert len(desktop.warnings) == 1
    assert [call[3] for call in desktop.calls("Notify")] == ["3"]


def test_a_flood_for_a_slow_service_never_piles_up(desktop: Desktop) -> None:
    desktop.start()

    async def flood() -> None:
        async with desktop.notifier() as made:
            for number in range(10_000):
                made.show(Notify(f"key {number % 100}", str(number)))
                assert len(made._waiting) <= 16
            await _idle(made)

    asyncio.run(asyncio.wait_for(flood(), PATIENCE))
    assert len(desktop.calls("Notify")) <= 16


def _settle() -> None:
    """Lets a signal that was sent arrive."""
    asyncio.run(asyncio.sleep(0.2))

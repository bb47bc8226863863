"""Following in a thread: events come in order, a problem comes once, who left hears nothing."""

import queue
from collections.abc import Callable
from typing import Any

from daemon.clients.dbus_client import NoDaemonError
from daemon.clients.windows.follower import Follower
from tests.ui.enrol_window.scripted import Scripted

PATIENCE = 60.0


class Told:
    """What a window was told, in its own thread."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Callable[[], None]] = queue.Queue()
        self.events: list[Any] = []

    def run(self, count: int) -> list[Any]:
        for _ in range(count):
            self.calls.get(timeout=PATIENCE)()
        return self.events

    def follow(self, connect: Callable[[], Any]) -> Follower[Any]:
        return Follower(
            connect,
            post=self.calls.put,
            on_event=self.events.append,
            on_problem=self.events.append,
        )


def test_events_come_in_order() -> None:
    told = Told()
    follower = told.follow(lambda: Scripted("one", "two", pause=0.0))
    assert told.run(2) == ["one", "two"]
    follower.leave()
    follower.wait(PATIENCE)


def test_a_problem_is_told() -> None:
    told = Told()

    def connect() -> Any:
        raise NoDaemonError

    told.follow(connect)
    (problem,) = told.run(1)
    assert isinstance(problem, NoDaemonError)


def test_who_left_is_told_nothing_more() -> None:
    told = Told()
    scripted = Scripted("one", pause=0.0)
    follower = told.follow(lambda: scripted)
    call = told.calls.get(timeout=PATIENCE)
    follower.leave()
    call()
    follower.wait(PATIENCE)
    assert told.events == []
    assert scripted.stopped


def test_without_a_connection_there_is_no_picture() -> None:
    told = Told()
    follower = told.follow(Scripted)
    assert follower.picture is None
    follower.leave()

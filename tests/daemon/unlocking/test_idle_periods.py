"""How often the camera was on while nobody touched anything is written down, and to whom it was."""

from collections.abc import Mapping
from dataclasses import replace

from daemon.unlocking.idle_periods import LEAST_SECONDS, IdlePeriods
from tests.daemon.sessions import LOCKED

OPEN = replace(LOCKED, locked=False)


class Written:
    """A journal, a clock and a camera that do as told."""

    def __init__(self) -> None:
        self.time = 100.0
        self.camera = 7.0
        self.lines: list[str] = []
        self.fields: list[Mapping[str, object]] = []
        self.periods = IdlePeriods(self, camera=lambda: self.camera, clock=lambda: self.time)

    def record(
        self, message: str, fields: Mapping[str, object] | None = None, *, priority: int = 6
    ) -> None:
        assert priority == 6
        self.lines.append(message)
        self.fields.append(fields or {})

    def passes(self, seconds: float, *, looks: int, camera: float) -> None:
        self.time += seconds
        self.camera += camera
        for _ in range(looks):
            self.periods.looked("1")


def test_an_idle_hour_is_one_line() -> None:
    written = Written()
    for _ in range(60):
        written.periods.goes_on(OPEN)
        written.passes(60.0, looks=2, camera=1.2)
    written.periods.over("1")
    assert written.lines == [
        "session 1 of ada was idle for 3600 s: the camera was on for 72.0 s of it (2.0 %),"
        " in 120 looks"
    ]
    assert written.fields == [{"user": "ada", "session": "1", "camera_on": 72.0}]


def test_a_pause_in_typing_is_none() -> None:
    written = Written()
    written.periods.goes_on(OPEN)
    written.passes(LEAST_SECONDS - 1.0, looks=1, camera=1.0)
    written.periods.over("1")
    written.periods.over("1")
    assert written.lines == []


def test_each_begins_anew() -> None:
    written = Written()
    for _ in range(2):
        written.periods.goes_on(OPEN)
        written.passes(100.0, looks=1, camera=1.0)
        written.periods.over("1")
        written.passes(1000.0, looks=1, camera=500.0)
    assert len(set(written.lines)) == 1
    assert "1.0 s of it (1.0 %), in 1 looks" in written.lines[0]

"""The guided first run in a window: what each button does. No window is opened."""

from collections.abc import Callable
from typing import Any

import pytest

from daemon.clients.cli.guide import STEPS, GuideStep
from daemon.clients.windows import first_run
from daemon.clients.windows.first_run import Done, FirstRunWindow

_NAMES = [step.name for step in STEPS]


class Pages(FirstRunWindow):
    """Keeps what would be shown."""

    def __init__(self, facts: dict[str, Any], codes: list[int]) -> None:
        self.failed: set[str] = set()
        self.taken: list[str] = []
        self.pages: list[tuple[str, str]] = []
        self.made: dict[str, Callable[[], None]] = {}
        self.closed = False
        self._facts, self._do = lambda: facts, self._took
        self._number, self._codes = 0, codes
        self.begin()

    def press(self, *texts: str) -> None:
        """Buttons, each by its text; "" is what Enter presses."""
        for text in texts:
            (self.made[text] if text else list(self.made.values())[-1])()

    def close(self) -> None:
        self.closed = True

    def _took(self, step: GuideStep) -> Done:
        self.taken.append(step.name)
        return Done(self._codes.pop(0) if self._codes else 0, f"{step.name} said")

    def _page(self, state: str, said: str, *made: tuple[str, Callable[[], None]]) -> None:
        self.pages.append((state, said))
        self.made = dict(made)

    def _apart(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        then(work())


def test_every_step_has_its_words() -> None:
    assert list(first_run.words()) == _NAMES


def test_enter_does_a_step_and_then_goes_on() -> None:
    window = Pages({}, [])
    window.press("", "")
    assert window.taken == ["service"]
    window.press("")
    assert window.taken == ["service", "camera"]
    assert window.pages[-1] == ("Done", "camera said")


def test_every_step_can_be_passed_by_and_come_back_to() -> None:
    window = Pages({}, [])
    window.press(*["_Next"] * (len(STEPS) - 1))
    window.press("_Done")
    assert window.closed
    window.press(*["_Back"] * (len(STEPS) - 1))
    assert window.taken == []
    assert "_Back" not in window.made
    window.press("Do _it", "Do it a_gain")
    assert window.taken == ["service", "service"]


def test_what_is_done_is_said_and_passed_by_with_enter() -> None:
    window = Pages({"trusted": "/dev/video0"}, [])
    assert window.pages[-1][0] == "it runs"
    window.press("")
    assert window.pages[-1][0] == "/dev/video0"
    assert window.taken == []


def test_what_failed_and_works_then_has_not_failed() -> None:
    window = Pages({}, [3, 0])
    window.press("")
    assert window.failed == {"service"}
    assert window.pages[-1] == ("It did not work (3)", "service said")
    window.press("Do it a_gain")
    assert window.failed == set()


def test_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_run, "program", lambda: "/usr/bin/facelatch")
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/pkexec")
    found = {step.name: list(first_run.command(step)) for step in STEPS}
    assert found["service"] == ["pkexec", "/usr/bin/facelatch", "setup"]
    assert found["enrol"] == ["/usr/bin/facelatch", "enroll", "--window"]
    assert found["light"] == ["/usr/bin/facelatch", "camera", "check"]
    assert found["better model"] == [*found["service"], "--embedder", "mbf"]
    assert found["leaving"] == ["/usr/bin/facelatch", "agent", "--leaving", "on"]
    # It asks for the password that it must not lock out.
    assert found["sudo"] == []
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert first_run.take(STEPS[0]) == Done(1, "In a terminal: sudo facelatch setup")

"""The helper's words are those of the contract, and nothing stretches its time."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from daemon import api
from daemon.clients.pam import asking, bus, facts
from tests.data import ROOT

_ENVIRONMENT = {b"PAM_USER": b"ada", b"PAM_SERVICE": b"polkit-1"}


def test_words_and_bounds_are_those_of_the_contract() -> None:
    assert (asking.NAME, asking.PATH) == (api.BUS_NAME, api.OBJECT_PATH)
    assert asking.NAME == api.INTERFACE_NAME
    assert api.Verdict.MATCHED.value == asking.MATCHED
    assert set(asking.WHY_NOT) <= {one.value for one in api.Reason}
    assert facts.LONGEST_NAME == api.LONGEST_NAME == api.LONGEST_SERVICE
    assert facts.LONGEST_HOST == api.LONGEST_HOST
    assert {"service", "tty", "remote-host", "seconds"} <= set(api.VERIFY_OPTIONS)


def test_without_a_bus_one_line_and_no(tmp_path: Path) -> None:
    lines: list[str] = []
    address = bytes(tmp_path / "none")
    assert not asking.recognised(_ENVIRONMENT, 10.0, lines.append, address)
    assert lines == ["no face now: there is no system bus"]


def test_an_answer_that_is_none_is_a_no() -> None:
    nonsense = bus.Message(bus.ERROR, {}, [])
    assert asking._refusal(nonsense) == "the service says no"
    gone = bus.Message(bus.ERROR, {4: "org.freedesktop.DBus.Error.NameHasNoOwner"}, ["x"])
    assert asking._refusal(gone) == asking.ABSENT


class _Waiting:
    """In place of a connection."""

    def __init__(self) -> None:
        self.prolonged: list[float] = []

    def prolong(self, seconds: float) -> None:
        self.prolonged.append(seconds)


def test_what_a_challenge_asks_is_said_once_and_prolongs_once() -> None:
    lines: list[str] = []
    attempt = asking._Attempt(facts.Facts(_ENVIRONMENT), 10.0, 20.0, lines.append)
    waiting = cast(Any, _Waiting())
    signal.setitimer(signal.ITIMER_REAL, 3600)
    try:
        attempt._show(waiting, "turn-left", {})
        attempt._show(waiting, "turn-left", {"challenge": 1})
        attempt._show(waiting)
        assert lines == waiting.prolonged == []
        for word in ("turn-left", "turn-left", "look-straight", "nod"):
            attempt._show(waiting, word, {"challenge": True})
        left = signal.getitimer(signal.ITIMER_REAL)[0]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    assert lines == ["Turn your head slowly to the left", "Look into the camera", "Nod slowly"]
    assert waiting.prolonged == [20.0] and 3600 < left < 3620
    for number in range(1000):
        attempt._show(waiting, f"word-{number}", {"challenge": True})
    assert len(lines) == 64


@pytest.mark.parametrize(("service", "shown"), [("polkit-1", True), ("swaylock", False)])
def test_movements_are_asked_for_only_where_they_are_shown(service: str, shown: bool) -> None:
    lines: list[str] = []
    heard: dict[str, object] = {}

    def made(attempt: asking._Attempt, _address: bytes) -> str:
        heard.update(attempt._options)
        return ""

    environment = {**_ENVIRONMENT, b"PAM_SERVICE": service.encode()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking._Attempt, "made", made)
        assert asking.recognised(environment, 10.0, lines.append, challenge_seconds=20.0)
        assert heard["prompts"] is shown
        assert asking.recognised(environment, 10.0, lines.append)
        assert heard["prompts"] is False


def test_the_kernel_ends_it_also_where_signals_were_ignored() -> None:
    script = (
        "import signal, sys, os\n"
        "signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})\n"
        "from daemon.clients.pam.asking import end_within\n"
        "end_within(0.1)\n"
        "while True: os.getpid()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=60)
    assert done.returncode == -signal.SIGALRM


def test_the_program_loads_no_more_than_it_needs() -> None:
    script = (
        f"import sys; sys.path.append({str(ROOT)!r}); "
        "from daemon.clients.pam.program import main; main(['typed']); "
        "print(*sorted(sys.modules))"
    )
    command = [sys.executable, "-IS", "-c", script]
    environment = {**os.environ, "PAM_SERVICE": "sudo"}
    done = subprocess.run(
        command, input=b"", env=environment, capture_output=True, check=True, timeout=60
    )
    loaded = set(done.stdout.decode().split())
    assert "daemon.clients.pam.token" in loaded
    slow = {"socket", "signal", "enum", "re", "typing", "collections", "pathlib", "site"}
    assert loaded & slow == set()


@pytest.mark.parametrize("module", ["asking", "bus", "facts", "program", "token"])
def test_the_standard_library_alone(module: str) -> None:
    script = (
        f"import sys; sys.path.append({str(ROOT)!r}); import daemon.clients.pam.{module}; "
        "print(*{one.partition('.')[0] for one in sys.modules})"
    )
    command = [sys.executable, "-IS", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    others = set(done.stdout.split()) - set(sys.stdlib_module_names) - {"__main__"}
    assert others == {"daemon"}

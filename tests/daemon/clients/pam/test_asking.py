"""The helper's words are those of the contract, and nothing stretches its time."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
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
    assert asking._refusal(nonsense)[1] == "the service says no"
    gone = bus.Message(bus.ERROR, {4: "org.freedesktop.DBus.Error.NameHasNoOwner"}, ["x"])
    assert asking._refusal(gone) == asking.ABSENT


class _Service:
    """In place of a connection: what the service tells of attempt 7, and then no more in time."""

    def __init__(self, *told: tuple[str, dict[str, object]]) -> None:
        self._told = list(told)

    def signal(self, wanted: Callable[[bus.Message], bool]) -> bus.Message:
        while self._told:
            word, details = self._told.pop(0)
            message = bus.Message(bus.SIGNAL, _FIELDS, [7, word, details])
            if wanted(message):
                return message
        raise bus.BusError("there is no answer in time")


_FIELDS: dict[int, object] = {3: "VerifyProgress", 2: asking.NAME, 7: ":1.5"}
_ASKED: dict[str, object] = {"challenge": True}


def _end(attempt: asking._Attempt, *told: tuple[str, dict[str, object]]) -> asking.Problem | None:
    return attempt._end(cast(Any, _Service(*told)), ":1.5", 7)


def test_what_a_challenge_asks_is_said_once_and_prolongs_nothing() -> None:
    lines: list[str] = []
    attempt = asking._Attempt(facts.Facts(_ENVIRONMENT), 10.0, lines.append)
    signal.setitimer(signal.ITIMER_REAL, 3600)
    try:
        with pytest.raises(bus.BusError):
            _end(attempt, ("turn-left", {}), ("turn-left", {"challenge": 1}), ("nod", {}))
        assert lines == []
        words = ("turn-left", "turn-left", "look-straight", "nod")
        ended = _end(attempt, *((word, _ASKED) for word in words))
        left = signal.getitimer(signal.ITIMER_REAL)[0]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    assert lines == ["Turn your head slowly to the left", "Look into the camera", "Nod slowly"]
    assert ended == ("challenge-failed", "what was asked of the face was not done in time")
    assert left <= 3600
    for number in range(1000):
        attempt._show(f"word-{number}", _ASKED)
    assert len(lines) == 64


def test_the_bus_is_given_no_longer_than_the_helper_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 10 s the last words have 0.2 s; nothing that the service says moves the end."""
    deadlines: list[float] = []

    def connect(deadline: float, _address: bytes, *, asker: int) -> Any:
        assert asker == 1
        deadlines.append(deadline)
        raise bus.BusError("no")

    monkeypatch.setattr(asking, "Connection", connect)
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    assert not asking.recognised(_ENVIRONMENT, 10.0, lambda _line: None)
    assert deadlines == [109.8]
    assert not hasattr(bus.Connection, "prolong")


@pytest.mark.parametrize(("service", "shown"), [("polkit-1", True), ("swaylock", False)])
def test_movements_are_asked_for_only_where_they_are_shown(service: str, shown: bool) -> None:
    lines: list[str] = []
    heard: dict[str, object] = {}

    def made(attempt: asking._Attempt, _address: bytes) -> None:
        heard.update(attempt._options)

    environment = {**_ENVIRONMENT, b"PAM_SERVICE": service.encode()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking._Attempt, "made", made)
        assert asking.recognised(environment, 10.0, lines.append)
        assert heard["prompts"] is shown
        # What reads codes shows them as it likes.
        assert asking.recognised(environment, 10.0, lines.append, codes=True)
        assert heard["prompts"] is True
    assert lines == []


def test_with_codes_each_line_begins_with_a_word_for_programs(tmp_path: Path) -> None:
    lines: list[str] = []
    attempt = asking._Attempt(facts.Facts(_ENVIRONMENT), 10.0, lines.append, codes=True)
    attempt._begin()
    told = ("looking", "come-closer", "come-closer", "face-seen", "bad word\n")
    with pytest.raises(bus.BusError):
        _end(attempt, *((word, {}) for word in told))
    assert _end(attempt, ("nod", _ASKED)) is not None
    assert lines == [
        "looking: looking for your face",
        "come-closer: Come a little closer",
        "face-seen: Face seen",
        "nod: Nod slowly",
    ]
    address = bytes(tmp_path / "none")
    assert not asking.recognised(_ENVIRONMENT, 10.0, lines.append, address, codes=True)
    assert lines[-1] == "no-service: there is no system bus"


@pytest.mark.parametrize("error", list(api.Error))
def test_a_refusal_is_told_by_the_word_that_an_attempt_ends_with(error: api.Error) -> None:
    refused = bus.Message(bus.ERROR, {4: error.bus_name}, ["so it is"])
    code, text = asking._refusal(refused)
    assert text == "so it is" and code.replace("-", "") == error.value.lower()
    assert code.islower() and not code.startswith("-")


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

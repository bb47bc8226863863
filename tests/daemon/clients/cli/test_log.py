"""`facelatch log` where the journal has nothing to say."""

import time
from datetime import datetime
from typing import Any, Self

import pytest

from daemon.clients import dbus_client
from daemon.clients.cli import log
from daemon.clients.cli.main import main
from daemon.errors import BusError
from models.errors import FacelatchError


class FakeClient:
    """A service that runs and has decided nothing, unless a test says otherwise."""

    running = True

    def call(self, member: str, _options: dict[str, Any]) -> list[dict[str, Any]]:
        """The history: none."""
        assert member == "History"
        return []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Stopped(FakeClient):
    """A bus without the service."""

    running = False


def no_bus() -> None:
    """A machine without a bus."""
    raise dbus_client.NoDaemonError(str(BusError("there is no bus")))


@pytest.fixture(autouse=True)
def journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that can be read and has no entries."""
    monkeypatch.setattr(log, "read", lambda _command: iter(()))


def no_journal(_command: list[str]) -> None:
    """One that cannot be read."""
    raise FacelatchError("journalctl is not installed")


@pytest.mark.parametrize("client", [Stopped, no_bus])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_without_a_service_it_says_so_and_fails(
    client: Any,
    form: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(dbus_client, "Client", client)
    assert main(["log", *form]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "the journal has no decisions of the service" in said.err
    assert "systemctl start facelatch" in said.err


def test_neither_journal_nor_service(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dbus_client, "Client", Stopped)
    monkeypatch.setattr(log, "read", no_journal)
    assert main(["log"]) == 2
    assert "journalctl is not installed; the Facelatch daemon is not running" in (
        capsys.readouterr().err
    )


def test_a_service_that_has_decided_nothing_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dbus_client, "Client", FakeClient)
    assert main(["log"]) == 0
    assert "there are no decisions of that kind" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("now", "since", "first"),
    [
        ("2026-12-01T00:00:00+01:00", "today", "2026-12-01T00:00:00+01:00"),
        ("2026-12-01T23:59:59+01:00", "yesterday", "2026-11-30T00:00:00+01:00"),
        # Clocks were changed since that midnight.
        ("2026-03-29T12:00:00+02:00", "today", "2026-03-29T00:00:00+01:00"),
        ("2026-10-25T12:00:00+01:00", "today", "2026-10-25T00:00:00+02:00"),
        ("2026-10-26T12:00:00+01:00", "yesterday", "2026-10-25T00:00:00+02:00"),
        ("2026-12-01T00:30:00+01:00", "-2h", "2026-11-30T22:30:00+01:00"),
        ("2026-12-01T00:30:00+01:00", "2026-07-01", "2026-07-01T00:00:00+02:00"),
        ("2026-12-01T00:30:00+01:00", "last monday", "1970-01-01T00:00:00+00:00"),
    ],
)
def test_days_begin_at_the_clocks_own_midnight(
    monkeypatch: pytest.MonkeyPatch, now: str, since: str, first: str
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        found = log._since(since, datetime.fromisoformat(now).timestamp())
        assert found == datetime.fromisoformat(first).timestamp()
    finally:
        monkeypatch.undo()
        time.tzset()

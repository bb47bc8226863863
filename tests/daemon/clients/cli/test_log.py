"""`facelatch log` where the journal has nothing to say."""

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

"""The history, asked of the daemon."""

from typing import Any

from daemon.clients.dbus_client import Client

_SECONDS = 10.0


def fetch(username: str = "") -> list[dict[str, Any]]:
    """The last decisions, oldest first; of somebody else for root only. Raises FacelatchError."""
    options = {"username": username} if username else {}
    with Client() as client:
        decisions: list[dict[str, Any]] = client.call("History", options, seconds=_SECONDS)
    return decisions

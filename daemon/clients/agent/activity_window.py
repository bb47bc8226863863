"""Recent activity, as the tray opens it."""

from pathlib import Path

from daemon.clients.activity import window


def run(_settings: Path) -> int:
    """Shows it; the exit code. Raises GtkError, DisplayError."""
    return window.run()

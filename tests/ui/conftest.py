"""A desktop for each test of this folder, where there can be one."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.clients import gtk
from tests.bus.conftest import fork_servers, home, owner_appearance, world
from tests.ui.desktop import Desktop

__all__ = ["fork_servers", "home", "owner_appearance", "world"]

WANTED = "FACELATCH_TEST_UI"
_TOOLS = ("Xvfb", "openbox", "tint2", "xdotool", "import", "xwininfo", "dbus-daemon", "dunst")


@pytest.fixture(scope="session", autouse=True)
def _possible() -> None:
    """Skips where there can be no screen, or nobody asked for it."""
    if not os.environ.get(WANTED):
        pytest.skip("opens windows on a screen of its own: scripts/test --ui")
    if missing := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"not on this machine: {', '.join(missing)}")
    try:
        gtk.find_folder()
    except gtk.GtkError as error:
        pytest.skip(str(error))


@pytest.fixture
def bare_desktop(tmp_path: Path) -> Iterator[Desktop]:
    """A screen with a window manager, but no tray."""
    folder = tmp_path / "desktop"
    folder.mkdir()
    desktop = Desktop(folder)
    try:
        desktop.start()
        yield desktop
    finally:
        desktop.close()


@pytest.fixture
def desktop(bare_desktop: Desktop) -> Desktop:
    """A screen with a window manager and a tray."""
    bare_desktop.start_tray()
    return bare_desktop

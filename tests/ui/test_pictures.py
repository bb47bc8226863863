"""Pictures of the icon and the menu, kept for people to look at; each is of the real thing."""

from collections.abc import Callable

import pytest
from dbus_fast import Variant

from tests.bus.world import Home, eventually
from tests.ui.desktop import DARK, HEIGHT, LIGHT, WIDTH, Desktop

PANELS = {"dark": DARK, "light": LIGHT}
_LINES = {"en": "Ready", "de": "Bereit"}


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("size", [16, 22, 24, 32, 48])
def test_the_icon_is_sharp_at_every_size(
    panel: str, size: int, home: Home, bare_desktop: Desktop
) -> None:
    desktop = bare_desktop
    desktop.start_tray(colour=PANELS[panel], size=size)
    desktop.start_agent(home.start())
    icon = desktop.icon("Ready")
    assert (icon.width, icon.height) == (size, size)
    area = (icon.left - 4, icon.top - 4, size + 8, size + 8)

    def colours() -> str:
        picture = desktop.picture(f"icon-{panel}-{size}", area)
        return desktop.tool("convert", str(picture), "-depth", "8", "-unique-colors", "txt:-")

    # Drawn for this size: a drawing that was scaled has no pure white left at 16 pixels.
    eventually(lambda: "#FFFFFF" in colours(), "a sharp icon")


@pytest.mark.parametrize("panel", PANELS)
def test_every_state_has_a_picture(panel: str, home: Home, bare_desktop: Desktop) -> None:
    desktop = bare_desktop
    desktop.start_tray(colour=PANELS[panel])
    home.configure("camera", source='"demo:owner"')
    world = home.start()
    desktop.start_agent(world)
    pictures: list[bytes] = []

    def keep(line: str, name: str, again: Callable[[], None] = lambda: None) -> None:
        """`again` brings a state back that lasts for a moment only."""

        def drawn() -> bool:
            if [one.title for one in desktop.icons()] != [f"Facelatch: {line}"]:
                again()
                return False
            # The panel draws an icon a little after it has its words.
            picture = desktop.panel_picture(f"state-{panel}-{name}").read_bytes()
            if picture in pictures:
                return False
            pictures.append(picture)
            return True

        desktop.icon(line)
        eventually(drawn, f"a picture of its own for {line!r}")

    def lock_again() -> None:
        home.set_session("1", LockedHint=Variant("b", False))
        home.lock("1")
        desktop.icon("Recognised you")

    keep("Ready", "ready")
    with world.client() as client:
        client.call("Pause", 0)
        keep("Paused until you resume", "paused")
        client.call("Resume")
    home.lock("1")
    keep("Recognised you", "recognised", lock_again)
    home.set_session("1", LockedHint=Variant("b", False))
    world.stop_daemon()
    keep("The service is not running", "absent")


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_menu_in_each_language(language: str, home: Home, desktop: Desktop) -> None:
    desktop.start_agent(home.start(), LANGUAGE=language)
    menu = desktop.open_menu(_LINES[language])
    area = (menu.left, menu.top, WIDTH - menu.left, HEIGHT - menu.top)
    path = desktop.picture(f"menu-{language}", area)
    eventually(lambda: path.stat().st_size > 1000, "a picture of the menu")

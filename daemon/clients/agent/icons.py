"""The two kinds of icon, made of pystray's backends. Used in GTK's thread only.

Of pystray they keep what it is for, menus and their backends. Overridden is what it does with
files and programs: it writes each picture to a guessable name in /tmp, connects to the
notification service before there is anything to say, and takes Ctrl-C for itself.
"""

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daemon.clients import gtk
from daemon.clients.agent.messages import Choice
from daemon.clients.agent.view import SEPARATOR, Item, View

Choose = Callable[[Choice], None]

DRAWINGS = Path(__file__).with_name("drawings")


def drawing(sign: str) -> Path:
    """The drawing of a sign."""
    return DRAWINGS / f"{drawing_name(sign)}.svg"


def drawing_name(sign: str) -> str:
    """As panels look it up in the folder of drawings."""
    return f"facelatch-{sign}"


class _Icon:
    """What both have in common; mixed into a backend's `Icon`, whose parts are untyped."""

    def __init__(self: Any, choose: Choose, view: View) -> None:
        self._choose, self._view, self._stale = choose, view, False
        pystray: Any = super()
        pystray.__init__("facelatch", icon=view.sign, title=view.tooltip, menu=self._menu_of(view))
        self.run_detached(setup=_nothing)
        self.visible = True

    def display(self: Any, view: View) -> None:
        """Shows what differs from before."""
        before, self._view = self._view, view
        if view.sign != before.sign:
            self.icon = view.sign
        if view.tooltip != before.tooltip:
            self.title = view.tooltip
        if view.menu != before.menu:
            self.menu = self._menu_of(view)

    def _menu_of(self: Any, view: View) -> Any:
        return _menu(view.menu, self._choose)

    # What pystray calls.

    def _initialize(self: Any) -> None:
        self._mark_ready()

    def _finalize(self) -> None:
        """There is nothing to clean up."""

    def _update_menu(self: Any) -> None:
        open_menu = getattr(self, "_menu_handle", None)
        if open_menu is None or not open_menu.get_mapped():
            self._menu_handle = self._create_menu(self.menu)
            self._put_menu()
        elif not self._stale:
            # A menu is never replaced under the pointer.
            self._stale = True
            open_menu.connect("hide", self._closed)

    def _closed(self: Any, _menu: Any) -> None:
        # In a later turn: the item that was clicked is activated after the menu is hidden.
        self._stale = False
        gtk.module("GLib", "2.0").idle_add(self._update_menu)

    def _put_menu(self) -> None:
        """Hands the menu to whoever shows it."""


class _StatusIcon(_Icon):
    """In an XEmbed tray."""

    def is_shown(self: Any) -> bool:
        """Whether a tray has it."""
        return bool(self._status_icon.is_embedded())

    def when_lost(self: Any, act: Callable[[], None]) -> None:
        """Calls `act` when the tray that had it has gone: GTK does not put it into the next."""

        def changed(icon: Any, _property: Any) -> None:
            if not icon.is_embedded():
                act()

        self._status_icon.connect("notify::embedded", changed)

    def _update_icon(self: Any) -> None:
        size = max(self._status_icon.get_size(), 16)
        self._status_icon.set_from_pixbuf(gtk.picture(drawing(self._view.sign), size))
        self._icon_valid = True

    def _show(self: Any) -> None:
        self._status_icon.connect("size-changed", self._resized)
        self._update_title()
        self._status_icon.set_visible(True)

    def _hide(self: Any) -> None:
        self._status_icon.set_visible(False)

    def _update_title(self: Any) -> None:
        self._status_icon.set_title(self.title)
        self._status_icon.set_tooltip_text(self.title)

    def _resized(self: Any, _icon: Any, _size: int) -> bool:
        self._update_icon()
        return True

    def _on_status_icon_activate(self: Any, _icon: Any) -> None:
        """One click is enough."""
        self._popup(1)

    def _on_status_icon_popup_menu(self: Any, _icon: Any, button: int, _time: int) -> None:
        self._popup(button)

    def _popup(self: Any, button: int) -> None:
        toolkit = gtk.module("Gtk", "3.0")
        self._menu_handle.popup(
            None,
            None,
            toolkit.StatusIcon.position_menu,
            self._status_icon,
            button,
            toolkit.get_current_event_time(),
        )


class _Indicator(_Icon):
    """A StatusNotifierItem."""

    def is_shown(self: Any) -> bool:
        """Whether somebody shows items."""
        return bool(self._appindicator.get_property("connected"))

    def when_lost(self, act: Callable[[], None]) -> None:
        """Never calls it: an indicator finds the next tray itself."""

    def _update_icon(self: Any) -> None:
        # The panel draws it at the size that it wants.
        self._appindicator.set_icon_theme_path(str(DRAWINGS))
        self._appindicator.set_icon_full(drawing_name(self._view.sign), self._view.tooltip)
        self._icon_valid = True

    def _show(self: Any) -> None:
        self._update_icon()
        self._update_title()
        self._set_status("ACTIVE")

    def _hide(self: Any) -> None:
        self._set_status("PASSIVE")

    def _update_title(self: Any) -> None:
        self._appindicator.set_title(self.title)

    def _put_menu(self: Any) -> None:
        self._appindicator.set_menu(self._menu_handle)

    def _set_status(self: Any, name: str) -> None:
        library = gtk.module(INDICATOR, INDICATOR_VERSION, INDICATOR_PACKAGE)
        self._appindicator.set_status(getattr(library.IndicatorStatus, name))


INDICATOR, INDICATOR_VERSION = "AyatanaAppIndicator3", "0.1"
INDICATOR_PACKAGE = "gir1.2-ayatanaappindicator3-0.1"


def status_icon(choose: Choose, view: View) -> Any:
    """An icon for an XEmbed tray; it waits where there is none yet. Raises GtkError."""
    return _made(_StatusIcon, "_gtk", choose, view)


def indicator(choose: Choose, view: View) -> Any:
    """An icon for whoever shows StatusNotifierItems. Raises GtkError."""
    gtk.module(INDICATOR, INDICATOR_VERSION, INDICATOR_PACKAGE)
    return _made(_Indicator, "_appindicator", choose, view)


def _made(ours: type, backend: str, choose: Choose, view: View) -> Any:
    base = _pystray(backend).Icon
    kind: Any = type(ours.__name__, (ours, base), {})
    return kind(choose, view)


def _pystray(module: str) -> Any:
    # pystray takes a backend as it is imported, whichever it is told; the one named here loads
    # nothing, and the modules of the others are imported one by one.
    os.environ["PYSTRAY_BACKEND"] = "dummy"
    return importlib.import_module(f"pystray.{module}" if module else "pystray")


def _menu(items: tuple[Item, ...], choose: Choose) -> Any:
    pystray = _pystray("")
    return pystray.Menu(*(_entry(pystray, item, choose) for item in items))


def _entry(pystray: Any, item: Item, choose: Choose) -> Any:
    if item == SEPARATOR:
        return pystray.Menu.SEPARATOR
    action: Any = None
    if item.children:
        action = _menu(item.children, choose)
    elif item.choice is not None:
        action = _chooser(item.choice, choose)
    checked = None if item.checked is None else _always(item.checked)
    return pystray.MenuItem(item.label, action, checked=checked, enabled=item.enabled)


def _chooser(choice: Choice, choose: Choose) -> Callable[[Any, Any], None]:
    def chosen(_icon: Any, _item: Any) -> None:
        choose(choice)

    return chosen


def _always(value: bool) -> Callable[[Any], bool]:
    return lambda _item: value


def _nothing(_icon: Any) -> None:
    """pystray would show the icon from another thread."""

"""The tray icon and its menu: pystray over GTK, in a thread of its own.

Which of pystray's backends is a decision, not the first that imports. `appindicator` speaks the
StatusNotifierItem protocol (KDE, GNOME's extension, Xfce, most others) and is taken as soon as
somebody on the session's bus shows such items. Until then `gtk` waits for an XEmbed tray (tint2,
older panels): there the icon has a tooltip and a size of its own. pystray's plain X backend has no
menu and is never taken.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

from daemon.clients import gtk
from daemon.clients.agent import faults, icons
from daemon.clients.agent.icons import Choose
from daemon.clients.agent.messages import NoTray, SessionBusLost
from daemon.clients.agent.view import View
from daemon.clients.i18n import _

WATCHER = "org.kde.StatusNotifierWatcher"
"""Who owns this name on the session's bus shows items."""
_PATIENCE_SECONDS = 10
"""Panels start when the agent does: only after this long there is none."""
_log = logging.getLogger(__name__)

Tell = Callable[[NoTray | SessionBusLost], None]


class Tray(Protocol):
    """Where the view is shown. Called from one thread; no method raises."""

    def show(self, view: View) -> None:
        """Shows this from now on."""
        ...

    def close(self) -> None:
        """Takes the icon away."""
        ...


class NoIcon:
    """No tray at all."""

    def show(self, view: View) -> None:
        """Shows nothing."""

    def close(self) -> None:
        """There is nothing to take away."""


def open_tray(view: View, choose: Choose, tell: Tell) -> Tray:
    """The tray of this session, showing `view`; `choose` and `tell` are called from its thread.

    Where there can be none, `tell` says why, once. Raises DisplayError where there is a screen that
    cannot be opened: the session has ended.
    """
    if not gtk.screen_named():
        tell(NoTray(_("there is no screen here; use the command facelatch")))
        return NoIcon()
    try:
        kit = gtk.load()
        gtk.module("Gio", "2.0")
    except gtk.GtkError as error:
        tell(NoTray(str(error)))
        return NoIcon()
    return _GtkTray(kit, view, choose, tell)


class _GtkTray:
    """Owns GTK's loop. Everything that touches GTK runs in it."""

    def __init__(self, kit: gtk.Toolkit, view: View, choose: Choose, tell: Tell) -> None:
        self._kit, self._view, self._choose, self._tell = kit, view, choose, tell
        self._icon: Any = None
        self._indicator = self._kept = False
        self._loop = kit.GLib.MainLoop.new(None, False)
        self._thread = threading.Thread(target=self._run, name="tray", daemon=True)
        self._thread.start()

    def show(self, view: View) -> None:
        """Has the icon and its menu show `view`, in GTK's thread."""
        self._kit.GLib.idle_add(self._show, view)

    def close(self) -> None:
        """Takes the icon away and ends GTK's thread, within two seconds."""
        self._kit.GLib.idle_add(self._close)
        self._thread.join(2.0)

    def _run(self) -> None:
        try:
            # A panel that is killed takes the icon's window with it; GDK would end the program at
            # the first request about that window. Never popped: it holds for all that comes.
            self._kit.Gdk.error_trap_push()
            gio = gtk.module("Gio", "2.0")
            gio.bus_watch_name(
                gio.BusType.SESSION,
                WATCHER,
                gio.BusNameWatcherFlags.NONE,
                self._watched,
                self._gone,
            )
            self._kit.GLib.timeout_add_seconds(_PATIENCE_SECONDS, self._check)
            self._loop.run()
        except Exception as error:  # the icon is a courtesy; the rest goes on without it
            faults.tell(error, "the tray")

    def _watched(self, connection: Any, _name: str, _owner: str) -> None:
        self._keep(connection)
        if not self._indicator:
            try:
                self._replace(icons.indicator)
                self._indicator = True
            except gtk.GtkError as error:
                _log.warning("no indicator: %s", error)
                self._fall_back()

    def _gone(self, connection: Any, _name: str) -> None:
        if connection is not None:
            self._keep(connection)
        # An indicator that exists finds another tray itself, XEmbed included.
        if not self._indicator:
            self._fall_back()

    def _keep(self, connection: Any) -> None:
        """GLib would end the whole program with the session's bus."""
        if not self._kept:
            self._kept = True
            connection.set_exit_on_close(False)
            connection.connect("closed", lambda *_ended: self._tell(SessionBusLost()))

    def _fall_back(self) -> None:
        # Wayland has no such trays: there only indicators are waited for.
        if self._icon is None and gtk.is_x11(self._kit):
            try:
                self._replace(icons.status_icon)
            except gtk.GtkError as error:
                self._tell(NoTray(str(error)))

    def _replace(self, make: Callable[[Choose, View], Any]) -> None:
        # Made before the other goes: where it cannot be made, the other stays.
        icon = make(self._choose, self._view)
        if self._icon is not None:
            self._icon.visible = False
        self._icon = icon
        icon.when_lost(lambda: self._kit.GLib.idle_add(self._lost, icon))

    def _lost(self, icon: Any) -> bool:
        if icon is self._icon:
            self._replace(icons.status_icon)
        return False

    def _show(self, view: View) -> bool:
        changed, self._view = view != self._view, view
        if changed and self._icon is not None:
            self._icon.display(view)
        return False

    def _check(self) -> bool:
        if self._icon is None or not self._icon.is_shown():
            _log.warning("this desktop shows no tray; everything else works")
            self._tell(NoTray(_("this desktop shows no tray; use the command facelatch")))
        return False

    def _close(self) -> bool:
        if self._icon is not None:
            self._icon.visible = False
        # In its own turn: hiding is queued.
        self._kit.GLib.idle_add(self._loop.quit)
        return False

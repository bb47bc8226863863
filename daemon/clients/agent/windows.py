"""What the agent's own small windows have in common. Used in a process of their own."""

import signal
from typing import Any

from daemon.clients import gtk
from daemon.clients.agent.icons import drawing
from daemon.clients.agent.view import Sign

_MARGIN = 18
_ICON_SIZE = 48
_MOST_OF_SCREEN = 0.88


def show(kit: gtk.Toolkit, title: str, content: Any) -> int:
    """Shows a window until it is closed; Escape closes it, too. The exit code."""
    window = kit.Gtk.Window(title=title)
    window.set_icon(gtk.picture(drawing(Sign.READY), _ICON_SIZE))
    window.set_position(kit.Gtk.WindowPosition.CENTER)
    content.set_property("margin", _MARGIN)
    window.add(_scrolled(kit, content))
    window.connect("destroy", lambda _window: kit.Gtk.main_quit())
    window.connect("key-press-event", lambda _window, event: _escape(kit, window, event))
    for number in (signal.SIGTERM, signal.SIGINT):
        kit.GLib.unix_signal_add(kit.GLib.PRIORITY_DEFAULT, number, kit.Gtk.main_quit)
    window.show_all()
    kit.Gtk.main()
    return 0


def _scrolled(kit: gtk.Toolkit, content: Any) -> Any:
    """As tall as it is, but not taller than most of the screen."""
    screen = kit.Gdk.Display.get_default().get_monitor(0).get_geometry()
    scrolled = kit.Gtk.ScrolledWindow(
        hscrollbar_policy=kit.Gtk.PolicyType.NEVER,
        propagate_natural_height=True,
        propagate_natural_width=True,
        max_content_height=int(screen.height * _MOST_OF_SCREEN),
    )
    scrolled.add(content)
    return scrolled


def heading(kit: gtk.Toolkit, text: str) -> Any:
    """A line in bold."""
    label = kit.Gtk.Label(xalign=0.0)
    label.set_markup(f"<b>{kit.GLib.markup_escape_text(text)}</b>")
    return label


def line(kit: gtk.Toolkit, text: str, *, width: int = 0) -> Any:
    """Words, wrapped where they are wider than `width` characters."""
    label = kit.Gtk.Label(label=text, xalign=0.0)
    if width:
        label.set_line_wrap(True)
        label.set_max_width_chars(width)
    return label


def _escape(kit: gtk.Toolkit, window: Any, event: Any) -> bool:
    if event.keyval == kit.Gdk.KEY_Escape:
        window.destroy()
        return True
    return False

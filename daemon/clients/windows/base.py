"""What every window of ours is: our style in light or dark, a few parts, Esc to leave."""

from collections.abc import Callable
from typing import Any

from daemon.clients import gtk
from daemon.clients.windows.theme import Choice, Palette, is_dark, palette, stylesheet

_PORTAL = "org.freedesktop.portal.Desktop"
_PORTAL_MS = 500
_MARGIN = 28
_SPACING = 16


class Window:
    """A window with one column of parts."""

    def __init__(
        self, toolkit: gtk.Toolkit, title: str, *, theme: Choice, size: tuple[int, int]
    ) -> None:
        self.toolkit = toolkit
        self.colours: Palette = palette(dark=_prefers_dark(toolkit, theme))
        Gtk = toolkit.Gtk  # noqa: N806 - a module
        self.window = Gtk.Window(title=title)
        self.window.set_default_size(*size)
        self.window.set_position(Gtk.WindowPosition.CENTER)
        self.window.set_icon_name("camera-web")
        self.window.get_style_context().add_class("facelatch")
        self._apply_style()
        self.window.connect("destroy", lambda _: self._closed())
        self.window.connect("key-press-event", self._key)

    def show(self, content: Any) -> None:
        """Puts `content` in place of what was there."""
        for child in self.window.get_children():
            self.window.remove(child)
        self.window.add(content)
        content.show_all()

    def run(self) -> None:
        """Shows the window until it is closed."""
        self.window.show_all()
        self.window.present()
        self.toolkit.Gtk.main()

    def close(self) -> None:
        """As the person's own closing."""
        self.window.destroy()

    def escape(self) -> None:
        """Esc was pressed."""
        self.close()

    def closing(self) -> None:
        """Called once when the window is closed; does nothing here."""

    def post(self, call: Callable[[], None]) -> None:
        """Has something called in the window's thread; from any thread."""

        def once() -> bool:
            call()
            return False

        self.toolkit.GLib.idle_add(once)

    def column(self, *parts: Any, grows: bool = False) -> Any:
        """Parts from top to bottom, in the middle of the window unless one of them grows."""
        Gtk = self.toolkit.Gtk  # noqa: N806
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=_SPACING)
        box.set_valign(Gtk.Align.FILL if grows else Gtk.Align.CENTER)
        for side in ("start", "end", "top", "bottom"):
            getattr(box, f"set_margin_{side}")(_MARGIN)
        for part in parts:
            box.add(part)
        return box

    def label(self, text: str, style: str) -> Any:
        """A text in the middle, in lines as long as the window is wide."""
        Gtk = self.toolkit.Gtk  # noqa: N806
        made = Gtk.Label(label=text)
        made.set_line_wrap(True)
        made.set_max_width_chars(44)
        made.set_justify(Gtk.Justification.CENTER)
        made.set_halign(Gtk.Align.CENTER)
        made.get_style_context().add_class(style)
        return made

    def drawing(self, name: str, side: int, draw: Callable[[Any, float], None]) -> Any:
        """A square that `draw` fills: a cairo context moved to its corner, and its side."""
        Gtk = self.toolkit.Gtk  # noqa: N806
        area = Gtk.DrawingArea()
        area.set_size_request(side, side)
        area.get_accessible().set_name(name)

        def on_draw(widget: Any, context: Any) -> bool:
            width, height = widget.get_allocated_width(), widget.get_allocated_height()
            square = min(width, height)
            context.translate((width - square) / 2, (height - square) / 2)
            draw(context, float(square))
            return False

        area.connect("draw", on_draw)
        return area

    def buttons(self, *made: tuple[str, Callable[[], None]], default: bool = True) -> Any:
        """A row of buttons; the last one is the default, which Enter presses, unless told not."""
        Gtk = self.toolkit.Gtk  # noqa: N806
        row = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=12)
        row.set_halign(Gtk.Align.CENTER)
        row.set_margin_top(6)
        for number, (text, pressed) in enumerate(made):
            button = Gtk.Button.new_with_mnemonic(text)
            button.connect("clicked", lambda _, pressed=pressed: pressed())
            row.add(button)
            if default and number == len(made) - 1:
                button.get_style_context().add_class("suggested")
                button.set_can_default(True)
                button.connect("map", lambda one: (one.grab_default(), one.grab_focus()))
        return row

    def _apply_style(self) -> None:
        Gtk, Gdk = self.toolkit.Gtk, self.toolkit.Gdk  # noqa: N806
        provider = Gtk.CssProvider()
        provider.load_from_data(stylesheet(self.colours).encode())
        Gtk.StyleContext.add_provider_for_screen(
            Gdk.Screen.get_default(), provider, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION
        )

    def _key(self, _window: Any, event: Any) -> bool:
        if event.keyval != self.toolkit.Gdk.KEY_Escape:
            return False
        self.escape()
        return True

    def _closed(self) -> None:
        self.closing()
        self.toolkit.Gtk.main_quit()


def _prefers_dark(toolkit: gtk.Toolkit, theme: Choice) -> bool:
    settings = toolkit.Gtk.Settings.get_default()
    return is_dark(
        theme,
        portal=_portal_scheme() if theme == "auto" else None,
        gtk_dark=bool(settings.get_property("gtk-application-prefer-dark-theme")),
        gtk_theme=str(settings.get_property("gtk-theme-name")),
    )


def _portal_scheme() -> int | None:
    """What the desktop's portal says of the person's preference; None where there is none."""
    gio, glib = gtk.module("Gio", "2.0"), gtk.module("GLib", "2.0")
    try:
        bus = gio.bus_get_sync(gio.BusType.SESSION, None)
        answer = bus.call_sync(
            _PORTAL,
            "/org/freedesktop/portal/desktop",
            "org.freedesktop.portal.Settings",
            "Read",
            glib.Variant("(ss)", ("org.freedesktop.appearance", "color-scheme")),
            None,
            gio.DBusCallFlags.NO_AUTO_START,
            _PORTAL_MS,
            None,
        )
    except glib.Error:
        return None
    value = answer.unpack()[0]
    return value if isinstance(value, int) else None

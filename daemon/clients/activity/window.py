"""The window of recent activity: a process of its own, so that the agent at rest holds no GTK."""

import signal
import threading
from collections.abc import Callable, Sequence
from typing import Any

from daemon.clients import gtk
from daemon.clients.activity import canvas, history
from daemon.clients.activity.attempts import Attempt, read, summary
from daemon.clients.activity.plot import Plot, nearest, plot
from daemon.clients.activity.rows import make_row
from daemon.clients.i18n import _
from daemon.clients.windows.base import Window
from daemon.clients.windows.theme import Choice, Palette
from models.errors import FacelatchError

Fetch = Callable[[], list[dict[str, Any]]]
_SIZE = (680, 640)
_PLOT_HEIGHT = 220


def run(username: str = "") -> int:
    """Shows it until it is closed. Raises GtkError, DisplayError."""
    kit = gtk.load()
    window = ActivityWindow(kit, lambda: history.fetch(username))
    for number in (signal.SIGTERM, signal.SIGINT):
        kit.GLib.unix_signal_add(kit.GLib.PRIORITY_DEFAULT, number, window.close)
    window.run()
    return 0


class ActivityWindow:
    """The window. `fetch` is called on a thread of its own, as often as a person asks."""

    def __init__(self, kit: gtk.Toolkit, fetch: Fetch, *, theme: Choice = "auto") -> None:
        self._kit = kit
        self._fetch = fetch
        self._attempts: Sequence[Attempt] = ()
        self._plot: Plot = plot(())
        self._frame = Window(kit, _("Facelatch: recent activity"), theme=theme, size=_SIZE)
        self._frame.window.connect("key-press-event", self._key)
        _add_style(kit, self._frame.colours)
        self._frame.show(_centred(kit, self._frame.label(_("Asking the service…"), "line")))

    def run(self) -> None:
        """Asks for the history and shows it until it is closed."""
        self.refresh()
        self._frame.run()

    def close(self) -> None:
        """Ends `run`; from the window's own thread."""
        self._frame.close()

    def refresh(self) -> None:
        """Asks for the history again."""
        threading.Thread(target=self._load, name="history", daemon=True).start()

    def _load(self) -> None:
        try:
            attempts = read(self._fetch())
        except FacelatchError as error:
            problem = _lines(error)
            self._frame.post(lambda: self._show_problem(problem))
        else:
            self._frame.post(lambda: self._show(attempts))

    # --- what there is to see

    def _show(self, attempts: Sequence[Attempt]) -> None:
        self._attempts, self._plot = attempts, plot(attempts)
        if not attempts:
            self._show_nothing()
            return
        self._frame.show(self._page())
        newest = self._list.get_row_at_index(0)
        self._list.select_row(newest)
        newest.grab_focus()

    def _show_nothing(self) -> None:
        line = _(
            "There was no attempt to recognise you so far. What Facelatch decides appears here."
        )
        self._show_words(_("Nothing yet"), line, _("_Refresh"))

    def _show_problem(self, problem: str) -> None:
        self._show_words(_("The history cannot be read"), problem, _("_Try again"))

    def _show_words(self, headline: str, text: str, again: str) -> None:
        line = self._frame.label(text, "line")
        line.set_selectable(True)  # it may be a command to type
        line.set_can_focus(False)
        column = self._frame.column(
            self._frame.label(headline, "headline"),
            line,
            self._frame.buttons((again, self.refresh)),
        )
        self._frame.show(_centred(self._kit, column))

    def _page(self) -> Any:
        gtk_ = self._kit.Gtk
        page = gtk_.Box(orientation=gtk_.Orientation.VERTICAL)
        page.pack_start(self._head(), False, False, 0)
        if self._plot.points:
            page.pack_start(self._drawing(), False, False, 0)
        page.pack_start(self._rows(), True, True, 0)
        return page

    def _head(self) -> Any:
        head = self._kit.Gtk.Box(spacing=12, margin=16)
        head.get_style_context().add_class("head")
        words = self._kit.Gtk.Label(label=summary(self._attempts), xalign=0.0, wrap=True)
        words.get_style_context().add_class("summary")
        again = self._kit.Gtk.Button.new_with_mnemonic(_("_Refresh"))
        again.connect("clicked", lambda _button: self.refresh())
        head.pack_start(words, True, True, 0)
        head.pack_start(again, False, False, 0)
        return head

    def _drawing(self) -> Any:
        area = self._kit.Gtk.DrawingArea()
        area.set_size_request(-1, _PLOT_HEIGHT)
        area.connect("draw", self._draw)
        area.add_events(self._kit.Gdk.EventMask.BUTTON_PRESS_MASK)
        area.connect("button-press-event", self._pressed)
        area.get_accessible().set_name(_("Distances of the attempts against the threshold"))
        return area

    def _rows(self) -> Any:
        gtk_ = self._kit.Gtk
        self._list = gtk_.ListBox(selection_mode=gtk_.SelectionMode.BROWSE)
        self._list.connect("row-selected", lambda *_: self._frame.window.queue_draw())
        self._list.get_accessible().set_name(_("Attempts, newest first"))
        for attempt in self._attempts:
            self._list.add(make_row(self._kit, attempt, self._frame.colours))
        scrolled = gtk_.ScrolledWindow(hscrollbar_policy=gtk_.PolicyType.NEVER)
        scrolled.add(self._list)
        return scrolled

    # --- what a person does

    def _key(self, _window: Any, event: Any) -> bool:
        gdk = self._kit.Gdk
        control = bool(event.state & gdk.ModifierType.CONTROL_MASK)
        if control and event.keyval in (gdk.KEY_w, gdk.KEY_q):
            self.close()
            return True
        if event.keyval == gdk.KEY_F5 or (control and event.keyval == gdk.KEY_r):
            self.refresh()
            return True
        return False

    def _pressed(self, area: Any, event: Any) -> bool:
        point = nearest(self._plot, _area(area).share(event.x))
        if point is not None:
            row = self._list.get_row_at_index(self._attempts.index(point.attempt))
            self._list.select_row(row)
            row.grab_focus()
        return True

    def _draw(self, area: Any, context: Any) -> bool:
        row = self._list.get_selected_row()
        chosen = self._attempts[row.get_index()] if row is not None else None
        canvas.draw(context, _area(area), self._plot, chosen, self._frame.colours)
        return False


def _area(widget: Any) -> canvas.Area:
    return canvas.Area.within(widget.get_allocated_width(), widget.get_allocated_height())


def _centred(kit: gtk.Toolkit, widget: Any) -> Any:
    widget.set_halign(kit.Gtk.Align.CENTER)
    widget.set_valign(kit.Gtk.Align.CENTER)
    return widget


def _lines(error: FacelatchError) -> str:
    message = error.message[:1].upper() + error.message[1:]
    return f"{message}.\n{error.hint}" if error.hint else f"{message}."


def _add_style(kit: gtk.Toolkit, colours: Palette) -> None:
    provider = kit.Gtk.CssProvider()
    provider.load_from_data(_css(colours).encode())
    kit.Gtk.StyleContext.add_provider_for_screen(
        kit.Gdk.Screen.get_default(), provider, kit.Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION
    )


def _css(colours: Palette) -> str:
    return f"""
    .facelatch .summary {{ font-size: 14px; font-weight: 600; }}
    .facelatch .head button {{ font-size: 14px; padding: 5px 14px; }}
    .facelatch list {{ background: {colours.raised}; border-top: 1px solid {colours.tick}; }}
    .facelatch row {{ background: {colours.raised}; border-bottom: 1px solid {colours.tick};
        padding: 8px 16px; }}
    .facelatch row:selected {{ background: {colours.ground};
        box-shadow: inset 4px 0 {colours.accent}; }}
    .facelatch row:focus {{ outline: 2px solid {colours.accent}; outline-offset: -2px; }}
    .facelatch .verdict {{ font-weight: 600; }}
    """

"""One attempt as a row of the window's list."""

from typing import Any

from daemon.clients import gtk
from daemon.clients.activity import canvas
from daemon.clients.activity.attempts import Attempt
from daemon.clients.i18n import _
from daemon.clients.windows.theme import Palette

_SIGN_SIZE = 18


def make_row(kit: gtk.Toolkit, attempt: Attempt, ink: Palette) -> Any:
    """A row: sign, verdict and why on the left; time and distance on the right."""
    box = kit.Gtk.Box(spacing=14)
    box.pack_start(_sign(kit, attempt, ink), False, False, 0)
    words = _column(kit, 0.0, (attempt.verdict, "verdict"), (attempt.line, "small"))
    box.pack_start(words, True, True, 0)
    times = _column(
        kit, 1.0, (f"{attempt.at:%Y-%m-%d %H:%M:%S}", "small"), (_figures(attempt), "small")
    )
    box.pack_start(times, False, False, 0)
    row = kit.Gtk.ListBoxRow()
    row.add(box)
    row.get_accessible().set_name(f"{attempt.verdict}, {attempt.at:%Y-%m-%d %H:%M}. {attempt.line}")
    return row


def _sign(kit: gtk.Toolkit, attempt: Attempt, ink: Palette) -> Any:
    area = kit.Gtk.DrawingArea()
    area.set_size_request(_SIGN_SIZE, _SIGN_SIZE)
    area.set_valign(kit.Gtk.Align.CENTER)

    def draw(_area: Any, context: Any) -> bool:
        middle = (_SIGN_SIZE / 2, _SIGN_SIZE / 2)
        canvas.sign(context, middle, attempt.sign, ink, radius=6.0)
        return False

    area.connect("draw", draw)
    return area


def _column(kit: gtk.Toolkit, align: float, *lines: tuple[str, str]) -> Any:
    column = kit.Gtk.Box(orientation=kit.Gtk.Orientation.VERTICAL, spacing=2)
    for text, style in lines:
        label = kit.Gtk.Label(label=text, xalign=align, wrap=True)
        label.get_style_context().add_class(style)
        column.pack_start(label, False, False, 0)
    return column


def _figures(attempt: Attempt) -> str:
    if attempt.distance is None or attempt.threshold is None:
        return ""
    return _("{distance} of {threshold}").format(
        distance=f"{attempt.distance:.3f}", threshold=f"{attempt.threshold:.3f}"
    )

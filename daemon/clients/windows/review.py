"""`facelatch dataset review --window`: every crop as a button; those pressed show somebody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from daemon.clients import gtk
from daemon.clients.windows.base import Window
from daemon.clients.windows.theme import Choice

TITLE = "Facelatch: whose faces?"
_SIZE = (880, 680)
_MOST_LETTERS = 12
_STYLE = """
.facelatch button.face {{ padding: 6px; font-size: 13px; }}
.facelatch button.face:checked {{ border-color: {bad}; border-width: 2px; }}
.facelatch button.face:checked image {{ opacity: 0.3; }}
.facelatch button.face:checked label {{ color: {bad}; }}
"""


@dataclass(frozen=True, slots=True)
class Tile:
    """One crop: RGB bytes of `side` x `side` pixels, and under whose name it is filed."""

    number: int
    person: str
    struck: bool
    side: int
    pixels: bytes


def run(tiles: Sequence[Tile], *, theme: Choice = "auto") -> frozenset[int] | None:
    """Numbers of all that are struck; None where the person left without saying so.

    Raises GtkError, DisplayError.
    """
    window = ReviewWindow(gtk.load(), tiles, theme=theme)
    window.run()
    return window.answer


class ReviewWindow(Window):
    """Shown until it is answered or closed."""

    def __init__(self, toolkit: gtk.Toolkit, tiles: Sequence[Tile], *, theme: Choice) -> None:
        super().__init__(toolkit, TITLE, theme=theme, size=_SIZE)
        self.answer: frozenset[int] | None = None
        self._struck = {tile.number for tile in tiles if tile.struck}
        self._count = self.label("", "line")
        self._add_style()
        self.show(
            self.column(
                self.label("Press every face that is somebody else's", "headline"),
                self._count,
                self._grid(tiles),
                self.buttons(
                    ("_Cancel", self.close), ("_Leave these out", self._done), default=False
                ),
                grows=True,
            )
        )
        self._tell()

    def _grid(self, tiles: Sequence[Tile]) -> Any:
        Gtk = self.toolkit.Gtk  # noqa: N806 - a module
        flow = Gtk.FlowBox()
        flow.set_selection_mode(Gtk.SelectionMode.NONE)
        flow.set_max_children_per_line(20)
        flow.set_valign(Gtk.Align.START)
        for tile in tiles:
            flow.add(self._button(tile))
        for child in flow.get_children():
            child.set_can_focus(False)  # the button in it has the focus
        scrolled = Gtk.ScrolledWindow()
        scrolled.set_vexpand(True)
        scrolled.add(flow)
        return scrolled

    def _button(self, tile: Tile) -> Any:
        kit = self.toolkit
        pixbuf = gtk.pixels(kit, tile.pixels, tile.side, tile.side)
        button = kit.Gtk.ToggleButton(label=f"{tile.number} {tile.person[:_MOST_LETTERS]}")
        button.set_image(kit.Gtk.Image.new_from_pixbuf(pixbuf))
        button.set_image_position(kit.Gtk.PositionType.TOP)
        button.set_always_show_image(True)
        button.set_tooltip_text(tile.person)
        button.set_active(tile.struck)
        button.get_style_context().add_class("face")
        button.connect("toggled", self._toggled, tile.number)
        return button

    def _toggled(self, button: Any, number: int) -> None:
        if button.get_active():
            self._struck.add(number)
        else:
            self._struck.discard(number)
        self._tell()

    def _tell(self) -> None:
        count = len(self._struck)
        self._count.set_text("none is left out" if not count else f"{count} left out")

    def _done(self) -> None:
        self.answer = frozenset(self._struck)
        self.close()

    def _add_style(self) -> None:
        provider = self.toolkit.Gtk.CssProvider()
        provider.load_from_data(_STYLE.format(bad=self.colours.bad).encode())
        self.toolkit.Gtk.StyleContext.add_provider_for_screen(
            self.toolkit.Gdk.Screen.get_default(),
            provider,
            self.toolkit.Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION,
        )

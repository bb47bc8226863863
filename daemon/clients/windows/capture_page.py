"""The page of an enrolment while it runs: the live picture in an oval, and what to do."""

from collections.abc import Callable
from typing import Any

from daemon.clients import gtk
from daemon.clients.i18n import _
from daemon.clients.requests.preview import Picture
from daemon.clients.windows import drawing
from daemon.clients.windows.base import Window
from daemon.clients.windows.scene import Scene

_PICTURE_SIDE = 340


class CapturePage:
    """Shown in `window` at once. `stop` is called when the person presses the button."""

    def __init__(self, window: Window, first: Scene, stop: Callable[[], None]) -> None:
        self._window = window
        self._scene = first
        self._number = -1
        self._shot: drawing.Shot | None = None
        self._area = window.drawing(_("Your picture"), _PICTURE_SIDE, self._draw)
        self._area.set_vexpand(True)
        self._headline = window.label(first.headline, "headline")
        self._line = window.label(first.line, "line")
        window.show(
            window.column(
                self._area,
                self._headline,
                self._line,
                window.buttons((_("_Stop"), stop), default=False),
                grows=True,
            )
        )

    def tell(self, now: Scene) -> None:
        """Shows the words of `now`, and draws it with the next picture."""
        self._scene = now
        self._headline.set_text(now.headline)
        self._line.set_text(now.line)

    def refresh(self, newest: Picture | None) -> None:
        """Draws anew, with the newest picture if one came."""
        if newest is not None and newest.number != self._number:
            self._number, self._shot = newest.number, self._surface(newest)
        self._area.queue_draw()

    def _draw(self, context: Any, side: float) -> None:
        drawing.capture(context, side, self._scene, self._shot, self._window.colours)

    def _surface(self, picture: Picture) -> drawing.Shot:
        kit = self._window.toolkit
        pixbuf = gtk.pixels(kit, picture.pixels, picture.width, picture.height)
        surface = kit.Gdk.cairo_surface_create_from_pixbuf(pixbuf, 1, None)
        return drawing.Shot(surface, picture.width, picture.height)

"""`facelatch verify --window`: what each picture says, live, and what is decided. No picture."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from daemon.api import Verdict
from daemon.clients import gtk
from daemon.clients.i18n import _
from daemon.clients.requests.verify import Decided, Event, Progressed, Verification
from daemon.clients.windows import drawing, gauge
from daemon.clients.windows.follower import Following
from daemon.clients.windows.gauge import Gauge
from daemon.clients.windows.request_window import RequestWindow
from daemon.clients.windows.theme import Choice

_SIZE = (520, 520)
_MARK_SIDE = 180
_LIGHT_WIDTH, _LIGHT_HEIGHT = 160, 44
_EXITS = {Verdict.MATCHED.value: 0, Verdict.NOT_MATCHED.value: 1}
_EXIT_UNKNOWN = 2

Connect = Callable[[str, float], AbstractContextManager[Following[Event]]]


def run(
    username: str, seconds: float, *, theme: Choice = "auto", connect: Connect = Verification
) -> int:
    """Shows the window until it is closed; exit 0 match, 1 no match, 2 could not tell.

    Raises GtkError, DisplayError.
    """
    window = VerifyWindow(gtk.load(), username, seconds, theme=theme, connect=connect)
    window.begin()
    window.run()
    return _EXITS.get(window.gauge.verdict, _EXIT_UNKNOWN)


class VerifyWindow(RequestWindow[Event]):
    """One attempt after the other, as often as the person likes."""

    def __init__(
        self,
        toolkit: gtk.Toolkit,
        username: str,
        seconds: float,
        *,
        theme: Choice,
        connect: Connect,
    ) -> None:
        super().__init__(toolkit, _("Facelatch: test recognition"), theme=theme, size=_SIZE)
        self.gauge = gauge.begun()
        self._connect = lambda: connect(username, seconds)
        self._parts: dict[str, Any] = {}

    def begin(self) -> None:
        """Begins one attempt."""
        self.gauge = gauge.begun()
        self._show()
        self.follow(
            self._connect,
            on_event=self._happened,
            on_problem=lambda error: self._set(gauge.problem(str(error))),
        )

    def _happened(self, event: Event) -> None:
        if isinstance(event, Progressed):
            self._set(gauge.progressed(self.gauge, event))
        elif isinstance(event, Decided):
            self._set(gauge.decided(self.gauge, event))

    def _set(self, now: Gauge) -> None:
        ended = now.over and not self.gauge.over
        self.gauge = now
        if ended:
            self.ended(now.headline)
            self._show()
            return
        for name in ("headline", "line", "meaning"):
            self._parts[name].set_text(getattr(now, name))
        for name in ("mark", "lights"):
            self._parts[name].queue_draw()

    def _show(self) -> None:
        now = self.gauge
        self._parts = {
            "mark": self.drawing(now.headline, _MARK_SIDE, self._draw_mark),
            "headline": self.label(now.headline, "headline"),
            "line": self.label(now.line, "line"),
            "lights": self._lights(),
            "meaning": self.label(now.meaning, "small"),
        }
        close = (_("_Close"), self.close)
        again = (_("_Test again"), self.begin)
        buttons = self.buttons(close, again) if now.over else self.buttons(close, default=False)
        self.show(self.column(*self._parts.values(), buttons))

    def _lights(self) -> Any:
        Gtk = self.toolkit.Gtk  # noqa: N806 - a module
        area = Gtk.DrawingArea()
        area.set_size_request(_LIGHT_WIDTH, _LIGHT_HEIGHT)
        area.set_halign(Gtk.Align.CENTER)
        area.get_accessible().set_name(_("Whether this picture shows you"))
        area.connect("draw", lambda _area, context: self._draw_lights(context))
        return area

    def _draw_mark(self, context: Any, side: float) -> None:
        now, colours = self.gauge, self.colours
        if now.verdict == Verdict.MATCHED:
            drawing.score(context, side, 1.0, colours)
        elif now.over:
            drawing.cross(context, side, colours)
        else:
            drawing.attempt(context, side, now.quality, colours)

    def _draw_lights(self, context: Any) -> bool:
        size = (float(_LIGHT_WIDTH), float(_LIGHT_HEIGHT))
        drawing.lights(context, size, self.gauge.light, self.colours)
        return False

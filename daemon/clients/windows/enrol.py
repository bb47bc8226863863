"""`facelatch enroll --window`: the live picture in an oval, a ring that fills, large words."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from daemon.api import Error
from daemon.clients import gtk
from daemon.clients.dbus_client import DaemonError
from daemon.clients.i18n import _
from daemon.clients.requests.enrol import Ended, Enrolment, Event, Guided, Trouble, Wish
from daemon.clients.requests.preview import Picture
from daemon.clients.windows import drawing, scene
from daemon.clients.windows.base import Window
from daemon.clients.windows.follower import Follower, Following
from daemon.clients.windows.scene import Page, Scene
from daemon.clients.windows.theme import Choice
from models.errors import FacelatchError

EXIT_ENROLLED, EXIT_NOT = 0, 1
_SIZE = (560, 620)
"""Fits a screen of 1366 x 768 with panels; the picture grows with the window."""
_FRAME_MS = 50
_PICTURE_SIDE, _DRAWING_SIDE, _MARK_SIDE = 340, 230, 160
_SECOND_APPEARANCE = "glasses"
_FAIR = 0.5
"""A look of a lower score is worth taking again."""

Way = tuple[str, Callable[[], None]]
"""A button: its text and what it does."""
Connect = Callable[[Wish], AbstractContextManager[Following[Event]]]


def run(wish: Wish, *, theme: Choice = "auto", connect: Connect = Enrolment) -> int:
    """Shows the window until it is closed; exit 0 where a look was stored.

    Raises GtkError, DisplayError.
    """
    window = EnrolWindow(gtk.load(), wish, theme=theme, connect=connect)
    window.run()
    return EXIT_ENROLLED if window.enrolled else EXIT_NOT


class EnrolWindow(Window):
    """Pages: an introduction, the capture, and how it ended."""

    def __init__(
        self, toolkit: gtk.Toolkit, wish: Wish, *, theme: Choice, connect: Connect
    ) -> None:
        self._title = _("Facelatch: enrol your face")
        super().__init__(toolkit, self._title, theme=theme, size=_SIZE)
        self.enrolled = False
        self.left = self._leave
        self._wish = wish
        self._connect = connect
        self._scene = Scene()
        self._follower: Follower[Event] | None = None
        self._number = -1
        self._shot: drawing.Shot | None = None
        self._area: Any = None
        self._headline: Any = None
        self._line: Any = None
        self._show_start()

    def escape(self) -> None:
        """Back from the capture; from anywhere else out."""
        if self._scene.page is Page.CAPTURE:
            self._leave()
            self._show_start()
        else:
            self.close()

    def _show_start(self) -> None:
        self._scene = Scene()
        draw = self.drawing(
            _("A face in an oval, with a ring around it"),
            _DRAWING_SIDE,
            lambda context, side: drawing.capture(context, side, Scene(), None, self.colours),
        )
        self.show(
            self.column(
                draw,
                self.label(_("Enrol your face"), "headline"),
                self.label(
                    _(
                        "Look into the camera, then turn your head slowly as you are asked. It "
                        "takes some ten seconds. Your password may be asked for first."
                    ),
                    "line",
                ),
                self._name_entry(),
                self.buttons((_("_Cancel"), self.close), (_("_Begin"), self.begin)),
                self.label(_("No picture is ever stored, only numbers that are sealed."), "small"),
            )
        )

    def _name_entry(self) -> Any:
        Gtk = self.toolkit.Gtk  # noqa: N806
        row = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=10)
        row.set_halign(Gtk.Align.CENTER)
        entry = Gtk.Entry(text=self._wish.appearance)
        entry.set_max_length(64)
        entry.set_activates_default(True)
        entry.connect("changed", self._named)
        label = Gtk.Label.new_with_mnemonic(_("_Name of this look"))
        label.set_mnemonic_widget(entry)
        row.add(label)
        row.add(entry)
        return row

    def _named(self, entry: Any) -> None:
        self._wish = replace(self._wish, appearance=entry.get_text().strip() or "default")

    def begin(self) -> None:
        """Asks the daemon, and shows what comes."""
        self._leave()
        self._number, self._shot = -1, None
        self._show_capture(scene.waiting())
        wish = self._wish
        self._follower = Follower(
            lambda: self._connect(wish),
            post=self.post,
            on_event=self._happened,
            on_problem=self._failed,
        )
        self.toolkit.GLib.timeout_add(_FRAME_MS, self._refresh, self._follower)

    def _show_capture(self, first: Scene) -> None:
        self._scene = first
        self.window.set_title(self._title)
        self._area = self.drawing(_("Your picture"), _PICTURE_SIDE, self._draw_capture)
        self._area.set_vexpand(True)
        self._headline = self.label(first.headline, "headline")
        self._line = self.label(first.line, "line")
        self.show(
            self.column(
                self._area,
                self._headline,
                self._line,
                self.buttons((_("_Stop"), self.escape), default=False),
                grows=True,
            )
        )

    def _draw_capture(self, context: Any, side: float) -> None:
        drawing.capture(context, side, self._scene, self._shot, self.colours)

    def _refresh(self, follower: Follower[Event]) -> bool:
        """Draws the newest picture; ends with the capture that it belongs to."""
        if follower is not self._follower or self._scene.page is not Page.CAPTURE:
            return False
        taken = follower.picture
        if taken is not None and taken.number != self._number:
            self._number, self._shot = taken.number, self._surface(taken)
        self._area.queue_draw()
        return True

    def _surface(self, taken: Picture) -> drawing.Shot:
        kit = self.toolkit
        pixbuf = kit.GdkPixbuf.Pixbuf.new_from_bytes(
            kit.GLib.Bytes.new(taken.pixels),
            kit.GdkPixbuf.Colorspace.RGB,
            False,
            8,
            taken.width,
            taken.height,
            3 * taken.width,
        )
        surface = kit.Gdk.cairo_surface_create_from_pixbuf(pixbuf, 1, None)
        return drawing.Shot(surface, taken.width, taken.height)

    def _happened(self, event: Event) -> None:
        if isinstance(event, Guided):
            self._tell(scene.guided(self._scene, event))
        elif isinstance(event, Trouble):
            self._end(scene.problem(_("The camera shows nothing"), event.line))
        elif isinstance(event, Ended):
            self.enrolled = self.enrolled or event.enrolled
            self._end(scene.finished(event))

    def _tell(self, now: Scene) -> None:
        self._scene = now
        self._headline.set_text(now.headline)
        self._line.set_text(now.line)

    def _failed(self, problem: FacelatchError) -> None:
        taken = isinstance(problem, DaemonError) and problem.error is Error.APPEARANCE_EXISTS
        if taken:
            self._end(
                scene.problem(_("There is such a look"), _("Its name is taken.")),
                (_("_Replace it"), self._replace),
                (_("_Choose another name"), self._show_start),
            )
        else:
            self._end(scene.problem(_("That did not work"), str(problem)))

    def _replace(self) -> None:
        self._wish = replace(self._wish, replace=True)
        self.begin()

    def _end(self, last: Scene, *ways_out: Way) -> None:
        self._leave()
        self._scene = last
        # A person who went on with something else sees it in the list of windows.
        self.window.set_title(f"{self._title}: {last.headline}")
        if last.page is Page.END:
            self._show_end(last)
        else:
            ways = ways_out or ((_("_Close"), self.close), (_("_Try again"), self.begin))
            self._show_problem(last, *ways)

    def _show_end(self, last: Scene) -> None:
        result = last.result or Ended("")
        mark = self.drawing(
            _("Score {score} of 100").format(score=round(100 * (result.score or 0.0))),
            _MARK_SIDE,
            lambda context, side: drawing.score(context, side, result.score or 0.0, self.colours),
        )
        advice = [self.label(line, "advice") for line in result.advice]
        ways: list[Way] = [(_("_Done"), self.close)]
        if (result.score or 0.0) < _FAIR:
            ways.insert(0, (_("_Take it again"), self._replace))
        elif self._wish.appearance != _SECOND_APPEARANCE:
            ways.insert(0, (_("_Add a look with glasses"), self._another))
        self.show(
            self.column(
                mark,
                self.label(last.headline, "headline"),
                self.label(last.line, "line"),
                *advice,
                self.buttons(*ways),
            )
        )

    def _another(self) -> None:
        self._wish = replace(self._wish, appearance=_SECOND_APPEARANCE)
        self._show_start()

    def _show_problem(self, last: Scene, *ways_out: Way) -> None:
        mark = self.drawing(
            _("An error"),
            _MARK_SIDE,
            lambda context, side: drawing.cross(context, side, self.colours),
        )
        self.show(
            self.column(
                mark,
                self.label(last.headline, "headline"),
                self.label(last.line, "line"),
                self.buttons(*ways_out),
            )
        )

    def _leave(self) -> None:
        follower, self._follower = self._follower, None
        if follower is not None:
            follower.leave()

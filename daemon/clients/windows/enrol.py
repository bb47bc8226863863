"""`facelatch enroll --window`: the live picture in an oval, a ring that fills, large words."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from daemon.api import Error
from daemon.clients import gtk
from daemon.clients.dbus_client import DaemonError
from daemon.clients.i18n import _
from daemon.clients.requests.enrol import Ended, Enrolment, EnrolOptions, Event, Guided, Trouble
from daemon.clients.windows import drawing, scene
from daemon.clients.windows.capture_page import CapturePage
from daemon.clients.windows.follower import Follower, Following
from daemon.clients.windows.request_window import RequestWindow
from daemon.clients.windows.scene import Page, Scene
from daemon.clients.windows.theme import Choice
from models.errors import FacelatchError

EXIT_ENROLLED, EXIT_NOT = 0, 1
_SIZE = (560, 620)
"""Fits a screen of 1366 x 768 with panels; the picture grows with the window."""
_FRAME_MS = 50
_DRAWING_SIDE, _MARK_SIDE = 230, 160
_SECOND_APPEARANCE = "glasses"
_FAIR = 0.5
"""An appearance of a lower score is worth taking again."""

Way = tuple[str, Callable[[], None]]
"""A button: its text and what it does."""
Connect = Callable[[EnrolOptions], AbstractContextManager[Following[Event]]]


def run(wanted: EnrolOptions, *, theme: Choice = "auto", connect: Connect = Enrolment) -> int:
    """Shows the window until it is closed; exit 0 where an appearance was stored.

    Raises GtkError, DisplayError.
    """
    window = EnrolWindow(gtk.load(), wanted, theme=theme, connect=connect)
    window.run()
    return EXIT_ENROLLED if window.enrolled else EXIT_NOT


class EnrolWindow(RequestWindow[Event]):
    """Pages: an introduction, the capture, and how it ended."""

    def __init__(
        self, toolkit: gtk.Toolkit, wanted: EnrolOptions, *, theme: Choice, connect: Connect
    ) -> None:
        super().__init__(toolkit, _("Facelatch: enrol your face"), theme=theme, size=_SIZE)
        self.enrolled = False
        self._wanted = wanted
        self._connect = connect
        self._scene = Scene()
        self._capture: CapturePage | None = None
        self._show_start()

    def escape(self) -> None:
        """Back from the capture; from anywhere else out."""
        if self._scene.page is Page.CAPTURE:
            self.leave()
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
        entry = Gtk.Entry(text=self._wanted.appearance)
        entry.set_max_length(64)
        entry.set_activates_default(True)
        entry.connect("changed", self._named)
        label = Gtk.Label.new_with_mnemonic(_("_Name of this appearance"))
        label.set_mnemonic_widget(entry)
        row.add(label)
        row.add(entry)
        return row

    def _named(self, entry: Any) -> None:
        self._wanted = replace(self._wanted, appearance=entry.get_text().strip() or "default")

    def begin(self) -> None:
        """Asks the daemon, and shows what comes."""
        wanted = self._wanted
        self._scene = scene.waiting()
        self._capture = CapturePage(self, self._scene, self.escape)
        follower = self.follow(
            lambda: self._connect(wanted), on_event=self._happened, on_problem=self._failed
        )
        self.toolkit.GLib.timeout_add(_FRAME_MS, self._refresh, follower, self._capture)

    def _refresh(self, follower: Follower[Event], page: CapturePage) -> bool:
        """Draws the newest picture; ends with the capture that it belongs to."""
        if follower is not self.follower or self._scene.page is not Page.CAPTURE:
            return False
        page.refresh(follower.picture)
        return True

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
        if self._capture is not None:
            self._capture.tell(now)

    def _failed(self, problem: FacelatchError) -> None:
        taken = isinstance(problem, DaemonError) and problem.error is Error.APPEARANCE_EXISTS
        if taken:
            self._end(
                scene.problem(_("There is such an appearance"), _("Its name is taken.")),
                (_("_Replace it"), self._replace),
                (_("_Choose another name"), self._show_start),
            )
        else:
            self._end(scene.problem(_("That did not work"), str(problem)))

    def _replace(self) -> None:
        self._wanted = replace(self._wanted, replace=True)
        self.begin()

    def _end(self, last: Scene, *ways_out: Way) -> None:
        self.ended(last.headline)
        self._scene = last
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
        elif self._wanted.appearance != _SECOND_APPEARANCE:
            ways.insert(0, (_("_Add an appearance with glasses"), self._another))
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
        self._wanted = replace(self._wanted, appearance=_SECOND_APPEARANCE)
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

"""The help: what each icon means, and what to do."""

from pathlib import Path

from daemon.clients import gtk
from daemon.clients.agent import windows
from daemon.clients.agent.icons import drawing
from daemon.clients.agent.view import Sign
from daemon.clients.i18n import _

_ICON_SIZE = 24
_WIDTH = 64


def run(_settings: Path) -> int:
    """Shows it; the exit code. Raises GtkError, DisplayError."""
    kit = gtk.load()
    box = kit.Gtk.Box(orientation=kit.Gtk.Orientation.VERTICAL, spacing=10)
    box.add(windows.heading(kit, _("What the icon says")))
    grid = kit.Gtk.Grid(column_spacing=12, row_spacing=8)
    for row, (sign, meaning) in enumerate(meanings().items()):
        picture = gtk.picture(drawing(sign), _ICON_SIZE)
        grid.attach(kit.Gtk.Image.new_from_pixbuf(picture), 0, row, 1, 1)
        grid.attach(windows.line(kit, meaning, width=_WIDTH), 1, row, 1, 1)
    box.add(grid)
    for title, text in advice():
        box.add(windows.heading(kit, title))
        box.add(windows.line(kit, text, width=_WIDTH))
    return windows.show(kit, _("Facelatch: help"), box)


def meanings() -> dict[Sign, str]:
    """What each sign means, and what can be done about it."""
    return {
        Sign.READY: _("Ready. The camera is off until your screen is locked."),
        Sign.LOOKING: _("The camera is on and a face is being looked at."),
        Sign.RECOGNISED: _("You were recognised just now."),
        Sign.PAUSED: _("Paused: nothing is looked at. Resume from the menu."),
        Sign.LOCKED_OUT: _("Too many faces were refused. Type your password once."),
        Sign.CAMERA: _("The camera is wanted, but missing or used by another program."),
        Sign.TROUBLE: _("Something must be mended. Type: facelatch doctor"),
        Sign.ABSENT: _("The service is not running. Type: sudo systemctl start facelatch"),
    }


def advice() -> list[tuple[str, str]]:
    """What people ask first, and the answer."""
    return [
        (
            _("Your password always works"),
            _("You never need to wait for the camera: type it at any time."),
        ),
        (
            _("It does not know me"),
            _(
                "Sit in even light, face the camera, and choose “Test recognition”. With glasses,"
                " a beard or another light, “Add an appearance” helps."
            ),
        ),
        (
            _("It does not unlock after I locked by hand"),
            _("That is meant: first you must have been out of sight for a moment."),
        ),
        (
            _("Something is missing"),
            _("“facelatch doctor” in a terminal says what, and the command that mends it."),
        ),
    ]

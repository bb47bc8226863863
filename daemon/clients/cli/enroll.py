"""`facelatch enroll`: learn a face, by the daemon where it runs, else in the foreground."""

import argparse
import getpass
import sys
from pathlib import Path

from daemon.clients.cli import options, output
from models.errors import UsageError

HELP = "enrol a person's face: look into the camera, turn slowly, done"

_SECONDS = 60.0


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="default: the user's login name")
    parser.add_argument(
        "--appearance",
        "--look",
        metavar="NAME",
        default="default",
        help='a name for this appearance, such as "glasses" (%(default)s)',
    )
    parser.add_argument(
        "--window", action="store_true", help="in a window; needs the daemon and a desktop"
    )
    parser.add_argument(
        "--from-photos",
        type=Path,
        metavar="DIR",
        help="from a photo or a folder of photos, all of one person, into the caller's own store",
    )
    parser.add_argument(
        "--replace", action="store_true", help="put it in place of an appearance of the same name"
    )
    parser.add_argument(
        "--even-if-alike",
        action="store_true",
        help="also where somebody else is enrolled whose face is much the same",
    )
    parser.add_argument(
        "--theme", choices=("auto", "light", "dark"), default="auto", help="of the window"
    )
    options.add_source_options(parser)
    options.add_model_options(parser)
    options.add_security_option(parser)
    options.add_liveness_option(parser)
    options.add_seconds_option(parser)
    parser.set_defaults(seconds=_SECONDS)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the appearance is stored; Ctrl-C stores nothing."""
    from daemon.clients.cli import service

    _check(arguments)
    if arguments.window:
        return _in_window(arguments)
    try:
        if not arguments.from_photos and service.asked(arguments):
            from daemon.clients.cli import enroll_service

            return enroll_service.run(arguments)
        from daemon.clients.cli import enroll_here

        name = _login_name() if arguments.name is None else arguments.name
        return enroll_here.run(arguments, name)
    except KeyboardInterrupt:
        if not arguments.json and sys.stderr.isatty():
            output.note("stopped; nothing was stored")
        raise


def _check(arguments: argparse.Namespace) -> None:
    if arguments.from_photos and arguments.source != options.DEFAULT_SOURCE:
        raise UsageError("--from-photos is a source of its own", "leave --source out")
    if arguments.window and (arguments.from_photos or arguments.json):
        raise UsageError("--window shows the daemon's camera", "leave out --from-photos and --json")


def _in_window(arguments: argparse.Namespace) -> int:
    from daemon.clients.requests.enrol import EnrolOptions
    from daemon.clients.windows.enrol import run as open_window

    wanted = EnrolOptions(
        arguments.appearance,
        arguments.name or "",
        arguments.seconds,
        arguments.replace,
        arguments.even_if_alike,
    )
    return open_window(wanted, theme=arguments.theme)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise UsageError("your login name is unknown", "name the person to enrol") from None

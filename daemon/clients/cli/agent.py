"""`facelatch agent`: tray, spoken welcome and notifications in a graphical session."""

import argparse
import importlib
import logging
import sys
from pathlib import Path

from models.errors import UsageError

HELP = "run the session's agent: tray icon, spoken welcome, notifications"

_WINDOWS = ("activity", "settings", "help")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "window",
        nargs="?",
        choices=_WINDOWS,
        help="open this window of the agent's instead of running it",
    )
    parser.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="the agent's settings (default: ~/.config/facelatch/agent.toml)",
    )
    once = parser.add_mutually_exclusive_group()
    once.add_argument("--voices", action="store_true", help="list the voices of the greeting")
    once.add_argument("--greet", action="store_true", help="say the greeting now, as a test")
    once.add_argument(
        "--leaving", choices=("on", "off"), help="lock my sessions when I leave them, or do not"
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 also where another agent runs in this session already."""
    from daemon.clients.agent import settings_file

    path = arguments.settings or settings_file.default_path()
    if arguments.window:
        window = importlib.import_module(f"daemon.clients.agent.{arguments.window}_window")
        return int(window.run(path))
    if arguments.leaving:
        return _set_leaving(path, on=arguments.leaving == "on")
    if arguments.voices or arguments.greet:
        return _rehearse(path, say=arguments.greet)
    return _run_agent(path, logging.DEBUG if arguments.debug else logging.INFO)


def _set_leaving(path: Path, *, on: bool) -> int:
    """Running agents read the file anew."""
    from daemon.clients.agent.settings_file import SettingsFile
    from daemon.clients.cli import output

    file = SettingsFile(path)
    read = file.read()
    problem = read.problem or file.write(read.settings.with_leaving(on=on)).problem
    if problem:
        raise UsageError(f"not written: {problem}", "run: facelatch agent settings")
    seconds = read.settings.leave.seconds
    output.note(f"locked {seconds} s after you have left" if on else "not locked when you leave")
    return 0


def _rehearse(path: Path, *, say: bool) -> int:
    from daemon.clients.agent import greeting_preview
    from daemon.clients.cli import output

    if say:
        print(greeting_preview.greet(path, output.note))
    else:
        output.print_table(greeting_preview.voices(path), folding=("name",))
    return 0


def _run_agent(settings: Path, level: int) -> int:
    import os

    from daemon.clients import dbus_client
    from daemon.clients.agent import app, faults, single_instance
    from daemon.clients.agent.messages import Ending
    from daemon.clients.cli import output

    lock = single_instance.take_turn(single_instance.runtime_folder())
    if lock is None:
        output.note("the agent runs already in this session")
        return 0
    logging.basicConfig(level=level, format="facelatch: %(message)s")
    faults.catch_all()
    try:
        ending = app.run(app.Options(dbus_client.bus_address(), settings))
    finally:
        os.close(lock)
    if ending is Ending.AGAIN_WITH_BUS:
        single_instance.wait_for_session_bus()
    if ending is not Ending.FOR_GOOD:
        # A new program: what GLib remembers of the old bus cannot be made to forget it.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606
    return 0

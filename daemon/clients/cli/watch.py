"""`facelatch watch`: the whole job in the foreground."""

import argparse
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from daemon.clients.cli import options

if TYPE_CHECKING:
    from daemon.clients.cli.reports import Reporter
    from daemon.recogniser import Recogniser
    from daemon.runner import Runner
    from daemon.watching import Watcher

HELP = "watch until stopped: greet whoever is recognised and run the hook"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    options.add_source_options(parser)
    options.add_model_options(parser)
    options.add_threshold_option(parser)
    options.add_welcome_options(parser)
    parser.add_argument(
        "--absence",
        type=options.seconds,
        default=8.0,
        metavar="SECONDS",
        help="greet again after somebody was away this long (default: %(default)s)",
    )
    parser.add_argument(
        "--retry",
        type=options.seconds,
        default=60.0,
        metavar="SECONDS",
        help="how long to wait for a lost camera to come back (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line and event")
    parser.add_argument("--window", action="store_true", help="show the live picture")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 at the end of the source or when stopped by Ctrl-C."""
    from daemon.clients.cli import reports, session

    people = session.people_of(session.store_of(arguments), None)
    models = session.open_session(arguments, follow=True)
    models.check_model(people)
    recogniser = models.recogniser(people, arguments.threshold)
    report = reports.reporter(arguments.json)
    with _runner(arguments, recogniser, report) as runner, contextlib.suppress(KeyboardInterrupt):
        report.started(people, models, recogniser.threshold)
        runner.run(lambda: session.source_of(arguments), retry_seconds=arguments.retry)
    report.stopped(runner.totals)
    return 0

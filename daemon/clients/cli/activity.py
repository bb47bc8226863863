"""`facelatch activity`: the last decisions about oneself, and why: on the terminal, in a window."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from daemon.clients.activity.attempts import Attempt

HELP = "show the last attempts at recognising you: verdict, why, distance against the threshold"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--last", type=_count, default=20, metavar="N", help="at most (default: %(default)s)"
    )
    parser.add_argument("--user", metavar="USER", default="", help="whose; for root only")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--window", action="store_true", help="in a window")
    form.add_argument("--json", action="store_true", help="one JSON object a line, oldest first")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 also where there is nothing to show."""
    if arguments.window:
        from daemon.clients.activity import window

        return window.run(arguments.user)
    from daemon.clients.activity import attempts
    from daemon.clients.activity.history import fetch
    from daemon.clients.cli import output
    from daemon.clients.i18n import _

    decisions = fetch(arguments.user)
    if arguments.json:
        for decision in decisions[-arguments.last :]:
            output.print_json(decision)
        return 0
    found = attempts.read(decisions)[: arguments.last]
    if not found:
        output.note(_("There was no attempt yet."))
        return 0
    plain = "utf" not in (sys.stdout.encoding or "").lower()
    output.print_table([_row(one, plain=plain) for one in reversed(found)], folding=(_("why"),))
    print(attempts.summary(found))
    return 0


def _row(attempt: "Attempt", *, plain: bool) -> dict[str, Any]:
    from daemon.clients.activity.plot import bar
    from daemon.clients.i18n import _

    measured = attempt.distance is not None and attempt.threshold is not None
    return {
        _("time"): f"{attempt.at:%Y-%m-%d %H:%M:%S}",
        _("verdict"): attempt.verdict,
        _("distance"): f"{attempt.distance:.3f} / {attempt.threshold:.3f}" if measured else None,
        _("against the threshold"): bar(attempt, plain=plain) or None,
        _("why"): attempt.line,
    }


def _count(text: str) -> int:
    from daemon.api import MOST_DECISIONS

    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_DECISIONS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_DECISIONS}")
    return int(text)

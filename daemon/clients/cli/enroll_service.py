"""`facelatch enroll` through the daemon: it has the camera, polkit asks who you are."""

import argparse
import getpass
import sys
import time
from dataclasses import asdict

from daemon.clients.cli import enroll_view, output
from daemon.clients.requests.enrol import Ended, Enrolment, EnrolOptions, Guided, Trouble
from enroll.errors import EnrollError
from enroll.guide.prompts import grade

_LAST_WORD_SECONDS = 10.0
"""For a disk that is slow to write."""


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the appearance is stored; raises FacelatchError where there is none.

    Ctrl-C comes through as it is, but where it came too late: what is being written is stored.
    """
    wanted = EnrolOptions(
        arguments.appearance,
        arguments.name or "",
        arguments.seconds,
        arguments.replace,
        arguments.even_if_alike,
    )
    name = arguments.name or getpass.getuser()
    if not arguments.json and sys.stderr.isatty():
        output.note("asking the service; you may be asked for your password")
    with Enrolment(wanted) as enrolment:
        try:
            ended = _follow(enrolment, name, quiet=arguments.json)
        except KeyboardInterrupt:
            ended = _stopped(enrolment)
            if not ended.enrolled:
                raise
    if not ended.enrolled:
        raise EnrollError(f"not enrolled: {ended.reason}", "nothing was stored")
    if arguments.json:
        output.print_json({"name": name, "appearance": wanted.appearance, **asdict(ended)})
    else:
        print(_sentence(name, wanted.appearance, ended))
    return 0


def _follow(enrolment: Enrolment, name: str, *, quiet: bool) -> Ended:
    last = Guided("look-straight")
    with enroll_view.shown(quiet=quiet) as show:
        for event in enrolment.events():
            if isinstance(event, Ended):
                return event
            if isinstance(event, Trouble):
                last = Guided(event.line)
            last = event if isinstance(event, Guided) else last
            show(_scene(name, last, enrolment))
    raise AssertionError("an enrolment ends with its end")


def _stopped(enrolment: Enrolment) -> Ended:
    """How it ends now that nobody wants it any more; raises EnrollError where that is not told."""
    enrolment.stop()
    give_up = time.monotonic() + _LAST_WORD_SECONDS
    for event in enrolment.events():
        if isinstance(event, Ended):
            return event
        if time.monotonic() > give_up:
            break
    raise EnrollError("the service does not say whether it was stored", "look: facelatch list")


def _scene(name: str, last: Guided, enrolment: Enrolment) -> enroll_view.Scene:
    return enroll_view.Scene(
        name, last.prompt, last.progress, last.covered, last.quality, enrolment.picture
    )


def _sentence(name: str, appearance: str, ended: Ended) -> str:
    lines = [f"enrolled {name}, appearance {appearance!r}: {ended.pictures} pictures"]
    if ended.score is not None and ended.expected_misses is not None:
        lines.append(
            f"{grade(ended.score)}: score {round(100 * ended.score)} of 100, about "
            f"{ended.expected_misses:.0%} of visits missed"
        )
    return "\n".join([*lines, *(f"note: {line}" for line in ended.advice)])

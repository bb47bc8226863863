"""`facelatch watch`: the whole job in the foreground."""

import argparse
import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from daemon.clients.cli import options, output

if TYPE_CHECKING:
    from daemon.clients.cli.reports import Reporter
    from daemon.foreground.greeter import Welcome
    from daemon.recognition.matcher import Observation
    from daemon.recognition.recogniser import Recogniser
    from daemon.sources.base import Frame

HELP = "watch until stopped: greet whoever is recognised and run the hook"

_FINISH_SECONDS = 5.0


def configure(parser: argparse.ArgumentParser) -> None:
    options.add_source_options(parser)
    options.add_model_options(parser)
    options.add_security_options(parser)
    options.add_liveness_option(parser)
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
    """Exit 0 at the end of the source, or when stopped by Ctrl-C or the window's closing."""
    from daemon.clients.cli import reports, session
    from daemon.foreground.presence import Presence
    from daemon.foreground.runner import Moment, Runner

    report = reports.reporter(arguments.json)
    presence = Presence(absence_seconds=arguments.absence)
    people = session.people_of(session.store_of(arguments), None)
    with _welcome(arguments, report) as welcome:
        models = session.open_session(arguments, follow=True)
        models.check_model(people)
        recogniser = models.recogniser(people, arguments)

        def on_event(moment: Moment) -> None:
            report.event(moment)
            welcome.respond(moment.event)

        with _window(arguments, recogniser) as on_frame:
            runner = Runner(
                recogniser,
                presence,
                liveness=session.liveness_of(arguments, models),
                on_event=on_event,
                on_frame=on_frame,
                on_lost=report.lost,
                scene_of=lambda source: session.scene_of(arguments, models, source),
                on_scene=report.scene,
            )
            with contextlib.suppress(KeyboardInterrupt):
                report.started(people, models, recogniser.criterion)
                runner.run(lambda: session.source_of(arguments), retry_seconds=arguments.retry)
    report.stopped(runner.totals)
    return 0


@contextlib.contextmanager
def _welcome(arguments: argparse.Namespace, report: "Reporter") -> "Iterator[Welcome]":
    """Checks greeting, voice and hook before anything slow is done; ends them at the end."""
    from daemon.foreground.greeter import Welcome
    from daemon.foreground.hook import Hook
    from daemon.speech import Greeting, Loudspeaker, Voice

    greeting = Greeting(arguments.greeting)
    voice = Voice(arguments.voice, arguments.rate, arguments.volume)
    hook = None
    if arguments.hook is not None:
        hook = Hook(arguments.hook, timeout=arguments.hook_timeout, report=report.hook)
    speaker = None if arguments.no_greet else Loudspeaker(voice=voice, warn=output.note)
    welcome = Welcome(speaker=speaker, greeting=greeting, hook=hook, say_as=dict(arguments.say_as))
    try:
        yield welcome
    finally:
        welcome.finish(_FINISH_SECONDS)


@contextlib.contextmanager
def _window(
    arguments: argparse.Namespace, recogniser: "Recogniser"
) -> "Iterator[Callable[[Frame, Observation], None] | None]":
    if not arguments.window:
        yield None
        return
    from daemon.foreground.live_window import LiveWindow

    window = LiveWindow(recogniser.threshold)

    def show(frame: "Frame", observation: "Observation") -> None:
        if not window.show(frame.image, observation):
            raise KeyboardInterrupt

    try:
        yield show
    finally:
        window.close()

"""`facelatch demo`: the whole job on the built-in clips, with nothing of the person's own."""

import argparse
import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from daemon.clients.cli import options
from models.errors import UsageError

if TYPE_CHECKING:
    from daemon.clients.cli.session import Session
    from daemon.foreground.demo_report import DemoRecord, SceneResult
    from daemon.foreground.greeter import Welcome
    from enroll.template import Person

Say: TypeAlias = Callable[[str], None]

HELP = "show the whole job on the built-in clips: no camera and no enrolment needed"

_HOOK = "sh -c 'echo \"             hook: the desktop of $FACELATCH_USER would be unlocked here\"'"
_FINISH_SECONDS = 5.0
_ABSENCE_SECONDS = 3.0


def configure(parser: argparse.ArgumentParser) -> None:
    options.add_model_options(parser)
    options.add_security_options(parser)
    parser.add_argument("--no-greet", action="store_true", help="do not speak")
    parser.add_argument(
        "--no-pace", action="store_true", help="play the clips as fast as they are recognised"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("demo-output"),
        metavar="DIR",
        help="folder for the contact sheet and the spoken welcome (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object at the end")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 if the owner was recognised in every visit and nobody else ever; else 1."""
    from daemon.clients.cli import output, session

    say: Say = (lambda _line: None) if arguments.json else _say
    folder = _output_folder(arguments.output)
    models = session.open_session(arguments, follow=True)
    say("Facelatch demo: two public-domain portraits, moved before a drawn room.")
    owner = _enrol(models, say)
    record = _play(arguments, models, owner, folder, say)
    sheet = folder / "contact-sheet.png"
    _write_picture(sheet, record)
    rows = [_row(result) for result in record.results]
    if arguments.json:
        output.print_json(_summary(rows, record, models, sheet))
    else:
        print()
        output.print_table(rows)
        print(f"\nThe moments it decided: {sheet}")
        print("All as expected." if record.as_expected else "NOT as expected.")
    return 0 if record.as_expected else 1


def _enrol(models: "Session", say: Say) -> "Person":
    from daemon.foreground.enrol import enrol
    from daemon.sources.demo import OWNER_NAME, open_demo
    from daemon.sources.reader import FrameWorker
    from enroll.store.store import TemplateStore
    from models.pipeline import FacePipeline

    say(f"\n1. Enrolling {OWNER_NAME} from a clip (kept only for this demo)")
    pipeline = FacePipeline(models.detector, models.embedder)
    with open_demo("owner", pace=False) as source, FrameWorker(source) as worker:
        enrolment = enrol(
            worker, pipeline, models.embedder, appearance="default", seconds=60.0, liveness=None
        )
    with tempfile.TemporaryDirectory(prefix="facelatch-demo-") as folder:
        store = TemplateStore(Path(folder) / "templates")
        store.add_appearance(OWNER_NAME, enrolment.appearance)
        owner = store.load(OWNER_NAME)
    kept, seen = len(enrolment.selection.kept), enrolment.frames_seen
    by = f"{models.embedder.name} {models.embedder.precision}, {models.detector_name}"
    say(f"   kept {kept} varied frames of {seen} [{by}]")
    return owner


def _play(
    arguments: argparse.Namespace, models: "Session", owner: "Person", folder: Path, say: Say
) -> "DemoRecord":
    """Plays the story and responds to it as `watch` would."""
    from daemon.clients.cli import surety
    from daemon.clients.cli.reports import sentence
    from daemon.foreground.demo_report import DemoRecord
    from daemon.foreground.presence import Presence
    from daemon.foreground.runner import Moment, Runner
    from daemon.sources.demo import STORY, open_demo

    recogniser = models.recogniser([owner], arguments)
    record = DemoRecord(STORY, recogniser.criterion)
    sure = surety.sentence(surety.to_json(recogniser.criterion))
    say(f"   accepted up to a distance of {recogniser.threshold:.3f} ({sure})")
    say("\n2. A stranger, the owner, nobody, and the owner again come before the camera")
    with _welcome(arguments, folder, say) as welcome:

        def on_event(moment: Moment) -> None:
            record.moment(moment)
            say(f"   {moment.frame.time:6.2f} s  {sentence(moment)}")
            welcome.respond(moment.event)

        runner = Runner(
            recogniser,
            Presence(absence_seconds=_ABSENCE_SECONDS),
            liveness=None,  # flat portraits, moved
            on_event=on_event,
            on_frame=record.frame,
        )
        runner.run(lambda: open_demo("story", pace=not arguments.no_pace), retry_seconds=1.0)
    return record


@contextlib.contextmanager
def _welcome(arguments: argparse.Namespace, folder: Path, say: Say) -> "Iterator[Welcome]":
    from daemon.clients.cli import output
    from daemon.foreground.greeter import Welcome
    from daemon.foreground.hook import Hook
    from daemon.speech import FileSpeaker, Greeting, Loudspeaker, Speaker, sound_card_present

    speaker: Speaker | None = None
    if not arguments.no_greet and sound_card_present():
        speaker = Loudspeaker(warn=output.note)
    elif not arguments.no_greet:
        wav = folder / "welcome.wav"
        say(f"   (no sound card here: the spoken welcome goes to {wav})")
        speaker = FileSpeaker(wav, warn=output.note)
    hook = Hook(_HOOK)
    welcome = Welcome(speaker=speaker, greeting=Greeting(), hook=hook)
    try:
        yield welcome
    finally:
        welcome.finish(_FINISH_SECONDS)


def _output_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}", "choose --output") from None
    return folder


def _write_picture(path: Path, record: "DemoRecord") -> None:
    import cv2

    encoded = cv2.imencode(".png", record.picture())[1]
    try:
        path.write_bytes(encoded.tobytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "choose --output") from None


def _row(result: "SceneResult") -> dict[str, Any]:
    after, distance = result.recognised_after, result.median_distance
    return {
        "scene": result.scene.name,
        "expected": result.expected or "nobody",
        "recognised": result.recognised or "nobody",
        "after": None if after is None else f"{after:.2f} s",
        "frames": result.frames,
        "with a face": result.frames_with_face,
        "median distance": None if distance is None else f"{distance:.3f}",
        "as expected": "yes" if result.as_expected else "NO",
    }


def _summary(
    rows: list[dict[str, Any]], record: "DemoRecord", models: "Session", sheet: Path
) -> dict[str, Any]:
    from daemon.clients.cli import surety

    return {
        "as_expected": record.as_expected,
        "scenes": rows,
        "embedder": models.embedder.name,
        "precision": models.embedder.precision,
        "detector": models.detector_name,
        "threshold": round(record.criterion.threshold, 4),
        **surety.to_json(record.criterion),
        "contact_sheet": str(sheet),
    }


def _say(line: str) -> None:
    print(line, flush=True)

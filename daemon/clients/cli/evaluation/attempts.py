"""`facelatch evaluate attempts`: whether clips of attacks open the computer, and the owners'."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from daemon.clients.cli.evaluation import common, spoof

if TYPE_CHECKING:
    from daemon.clients.cli.evaluation.attempt_runs import Outcome
    from daemon.recognition.models import Models
    from daemon.sources.base import Frame
    from models.evaluation.remembered import Memory

HELP = "attempts at a computer, by attacks and by living people, on labelled clips"

_MOST_REASONS = 4
"""Of a line of the table."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--clips",
        type=Path,
        required=True,
        metavar="PATH",
        help="a folder SPECIES/PERSON/..., or a CSV list: file,species,person[,face][,enrolled]",
    )
    parser.add_argument("--root", type=Path, metavar="DIR", help="where the files of the list lie")
    spoof.add_level(parser)
    parser.add_argument(
        "--runs", type=spoof.runs, default=50, metavar="N", help="of each clip (default: 50)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of places and paces (default: 0)"
    )
    common.add_models(parser)
    common.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from daemon.clients.cli import output
    from models.evaluation.remembered import Memory

    memory = Memory()
    models = loaded(arguments, memory)
    # A cue without its networks is left out: "all cues" are those that are there.
    cues = () if models.cues is None else models.cues.names
    spoof.say_networks(cues)
    report = _report(_outcomes(arguments, models, memory))
    if arguments.json:
        output.print_json({"level": arguments.level, "cues": list(cues), "clips": report})
        return 0
    print(f"level {arguments.level}, {arguments.runs} runs of each clip, seed {arguments.seed}")
    print(f"all cues: {', '.join(cues) or 'none'}")
    output.print_table([_row(line) for line in report])
    return 0


def _outcomes(arguments: argparse.Namespace, models: "Models", memory: "Memory") -> "list[Outcome]":
    from daemon.clients.cli import progress
    from daemon.clients.cli.evaluation.attempt_runs import Attempts, Trying
    from models.evaluation.spoof import read_presentations

    how = Trying(arguments.level, arguments.runs, seed=arguments.seed)
    attempts = Attempts(models, memory, frames_of, how)
    found = read_presentations(arguments.clips, arguments.root)
    outcomes: list[Outcome] = []
    with progress.counting("clips") as count:
        for done, presentation in enumerate(found, 1):
            outcomes += attempts.run(presentation)
            count(done, len(found))
    return outcomes


def loaded(arguments: argparse.Namespace, memory: "Memory") -> "Models":
    """The networks that the command's arguments name; the cues ask `memory` what they saw."""
    from daemon.recognition.models import Models
    from models import calibrations
    from models.evaluation.remembered import remembering_suite
    from models.scoring.calibration import criterion
    from models.scoring.security import STANDARD

    embedder = common.load_embedder(arguments.embedder, arguments.precision)
    detector = common.load_detector(arguments.detector, arguments.min_face)
    reached = criterion(calibrations.load(embedder), STANDARD)
    cues = remembering_suite(memory)
    return Models(detector, arguments.detector, embedder, reached, cues)


def frames_of(path: Path) -> "Iterator[Frame]":
    """Every frame of a clip, as fast as they are taken; raises SourceError."""
    from daemon.sources.open import open_source

    with open_source(str(path), pace=False) as source:
        while (frame := source.read()) is not None:
            yield frame


def _report(outcomes: "Sequence[Outcome]") -> list[dict[str, Any]]:
    """One line for each clip, what is enrolled of it, and what is left out."""
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault((str(one.run.clip.path), one.run.enrolled, one.run.variant), []).append(
            one
        )
    return [_line(group) for group in groups.values()]


def _line(group: "Sequence[Outcome]") -> dict[str, Any]:
    first = group[0].run
    took = [one.seconds for one in group if one.matched]
    others = [one for one in group if not one.matched]
    why = Counter(f"{one.reason.value} ({one.against or 'no cue'})" for one in others)
    return {
        "clip": first.clip.path.name,
        "species": first.clip.species,
        "enrolled": first.enrolled,
        "cues": first.variant,
        "runs": len(group),
        "matched": len(took),
        "seconds": median(took) if took else None,
        "asked": sum(one.asked for one in group),
        "otherwise": dict(why.most_common()),
    }


def _row(line: dict[str, Any]) -> dict[str, object]:
    seconds = line["seconds"]
    reasons = list(line["otherwise"].items())[:_MOST_REASONS]
    return {
        **{key: line[key] for key in ("clip", "species", "enrolled", "cues")},
        "matched": f"{line['matched']} of {line['runs']}",
        "after": "" if seconds is None else f"{seconds:.1f} s",
        "asked": str(line["asked"]),
        "otherwise": ", ".join(f"{count} {reason}" for reason, count in reasons),
    }

"""`facelatch evaluate report`: every installed embedder, all tables in one page."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clients.cli.evaluation import common

if TYPE_CHECKING:
    from models.evaluation.accuracy_report import Section
    from models.evaluation.folder import Asked
    from models.evaluation.folder_report import Json

HELP = "measure every installed embedder and write a page of all tables, with plots beside it"

_BRIEF_ROUNDS = 200  # of drawing people again, for intervals


def configure(parser: argparse.ArgumentParser) -> None:
    common.add_images(parser)
    parser.add_argument(
        "--output",
        "--report",
        dest="output",
        type=Path,
        required=True,
        metavar="FILE",
        help="the page (.md); plots and figures go to a folder of its name beside it",
    )
    parser.add_argument(
        "--pairs", type=Path, metavar="FILE", help="pairs file of LFW: run that too"
    )
    common.add_enrolled(parser)
    common.add_groups(parser)
    common.add_also(parser)
    parser.add_argument(
        "--brief",
        action="store_true",
        help="groups, pairs, enrolment and, with --clips, visits of what runs by default: no "
        "float32 beside it, no spoilt pictures, a minute or two for each embedder",
    )
    common.add_clips(parser)
    common.add_models(parser, precision=False)
    common.add_data(parser)
    common.add_skip_missing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the page is written."""
    from daemon.clients.cli import output
    from daemon.clients.cli.evaluation import lfw
    from models.evaluation import people, write_report

    write_report.check_report_path(arguments.output)
    order = write_report.Order(
        path=arguments.output,
        command=_command(arguments),
        data=common.data_name(arguments),
        people=people.read_people(arguments.images),
        asked=_asked(arguments),
        load=common.load_embedder,
        lfw=(lambda name: lfw.report_of(arguments, name)) if arguments.pairs else None,
        sections=lambda name: _sections(arguments, name),
        only=None if arguments.embedder == "auto" else arguments.embedder,
        by_group=lambda name: _by_group(arguments, name),
        brief=arguments.brief,
    )
    for path in write_report.write_report(
        common.workbench(arguments.detector, arguments.min_face), order
    ):
        output.note(f"wrote {path}")
    return 0


def _asked(arguments: argparse.Namespace) -> "Asked":
    from models.evaluation import fairness, folder

    return folder.Asked(
        protocols=("enrolment",) if arguments.brief else folder.PROTOCOLS,
        enrolled=arguments.enrolled or folder.ENROLLED,
        explicit=arguments.enrolled is not None,
        groups=tuple(fairness.read_groups(path) for path in arguments.groups or ()),
        rounds=_BRIEF_ROUNDS if arguments.brief else 1000,
    )


def _by_group(arguments: argparse.Namespace, name: str) -> "Json | None":
    """What each group gets; None where none is named."""
    from daemon.clients.cli.evaluation import groups

    if not arguments.groups and not arguments.also:
        return None
    chosen = {**vars(arguments), "embedder": name, "precision": None, "enrolled": (3,)}
    return groups.measure(argparse.Namespace(**chosen))


def _sections(arguments: argparse.Namespace, name: str) -> "tuple[Section, ...]":
    """What the decision over frames gains, measured on clips of the same pictures."""
    from daemon.clients.cli.evaluation import sequences
    from models.evaluation.sequences_report import sequences_section

    if arguments.brief and arguments.clips is None:
        return ()
    chosen = argparse.Namespace(**{**vars(arguments), "embedder": name, "precision": None})
    return (sequences_section(sequences.measure(chosen)),)


def _command(arguments: argparse.Namespace) -> str:
    """The command as it was called, without paths that only this machine has."""
    words = ["facelatch", "evaluate", "report"]
    for option in ("images", "also", "pairs", "groups", "output"):
        given = getattr(arguments, option)
        for path in given if isinstance(given, list) else [given]:
            if path is not None:
                words += [f"--{option}", path.name if path.is_absolute() else str(path)]
    words += ["--brief"] * arguments.brief
    for option, usual in (("embedder", "auto"), ("detector", "mtcnn"), ("min_face", 40)):
        value = getattr(arguments, option)
        words += [f"--{option.replace('_', '-')}", str(value)] if value != usual else []
    words += ["--clips", str(arguments.clips)] if arguments.clips else []
    if arguments.enrolled:
        words += ["--enrolled", ",".join(str(count) for count in arguments.enrolled)]
    words += ["--data", shlex.quote(arguments.data)] if arguments.data else []
    return " ".join(words)

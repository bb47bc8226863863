"""`facelatch dataset ACTION`: makes what networks are trained on, and strikes wrong faces."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clients.cli import actions

if TYPE_CHECKING:
    from models.training.dataset import Dataset

HELP = "make a data set to train networks on"

_EPILOG = """\
SRC holds a folder for each person (SRC/NAME/*.jpg, AT&T's s1/*.pgm) or is olivettifaces.mat.
People, not pictures, are divided: those of the test are never seen in training. One seed gives one
data set. OUT then holds crops, contact sheets, pairs.npz and triplets.npz; all of it shows
people: keep it to yourself.
"""

_MOST_SHOWN = 3000


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the actions, each with its own options."""
    actions.add_actions(
        parser,
        {
            "prepare": actions.Action("cut faces out of pictures", _configure_prepare, _prepare),
            "review": actions.Action("strike wrong faces by number", _configure_review, _review),
        },
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the data set is there."""
    return actions.run(arguments)


def _configure_prepare(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("source", type=Path, metavar="SRC", help="folder of people, or a .mat")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the data set")
    parser.add_argument(
        "--detector", default="mtcnn", metavar="NAME", help="mtcnn or haar (default: mtcnn)"
    )
    parser.add_argument(
        "--min-face", type=int, default=40, metavar="PIXELS", help="default: %(default)s"
    )
    parser.add_argument(
        "--size", type=int, default=112, metavar="PIXELS", help="side of a crop (default: 112)"
    )
    parser.add_argument(
        "--no-align", action="store_true", help="leave tilted faces tilted; default: eyes level"
    )
    parser.add_argument("--grey", action="store_true", help="without colour")
    parser.add_argument("--test", type=int, metavar="N", help="people never seen (default: 1 in 4)")
    parser.add_argument(
        "--validation",
        type=int,
        metavar="N",
        help="people who decide when training stops (default: 1 in 10)",
    )
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    _add_shared(parser)
    parser.add_argument(
        "--review", action="store_true", help="then ask which faces are somebody else's"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def _configure_review(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the data set")
    _add_shared(parser)
    parser.set_defaults(review=True, json=False)


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--window", action="store_true", help="review in a window: press wrong faces"
    )
    parser.add_argument(
        "--strike", metavar="NUMBERS", help="strike these faces of the contact sheet: 3,7,12-15"
    )
    parser.add_argument(
        "--triplets",
        choices=("all", "random", "semi-hard"),
        default="random",
        help="which triplets are written (default: %(default)s)",
    )


def _prepare(arguments: argparse.Namespace) -> int:
    from daemon.clients.cli import progress
    from daemon.clients.cli.evaluation import common
    from daemon.sources.pictures import read_picture
    from models.training import prepare, sources
    from models.training.crops import CropSettings

    order = prepare.Order(
        source=str(arguments.source.resolve()),
        crops=CropSettings(arguments.size, upright=arguments.no_align, grey=arguments.grey),
        seed=arguments.seed,
        test=arguments.test,
        validation=arguments.validation,
    )
    pictures = sources.open_source(arguments.source, read_picture)
    detector = common.load_detector(arguments.detector, arguments.min_face)
    with progress.counting("cutting out faces") as counter:
        made = prepare.prepare(pictures, detector, arguments.out, order, counter)
    return _finish(arguments, made)


def _review(arguments: argparse.Namespace) -> int:
    from models.training import dataset

    return _finish(arguments, dataset.read(arguments.out))


def _finish(arguments: argparse.Namespace, made: "Dataset") -> int:
    """Sheets, striking, then pairs and triplets of what is left."""
    from daemon.clients.cli import output
    from models.training import dataset, prepare, sheet

    for path in sheet.write_sheets(arguments.out, made):
        output.note(f"wrote {path}")
    struck = sheet.numbers(arguments.strike or "")
    if arguments.review and not arguments.strike and not arguments.window:
        struck |= sheet.numbers(_asked())
    reviewed = made.with_struck(struck)
    if arguments.window:
        reviewed = _shown(arguments.out, reviewed)
    if reviewed != made:
        made = reviewed
        dataset.write(arguments.out, made)
        sheet.write_sheets(arguments.out, made)
    counts = prepare.write_examples(arguments.out, made, arguments.triplets)
    _tell(arguments, made, counts)
    return 0


def _asked() -> str:
    from daemon.clients.cli import output

    output.note("look at the contact sheets: which numbers show somebody else?")
    print("numbers such as 3 7 12-15, Enter for none: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline()


def _shown(folder: Path, made: "Dataset") -> "Dataset":
    """As the person leaves the window; raises GtkError, DisplayError."""
    from daemon.clients.windows import review
    from models.errors import UsageError
    from models.training.dataset import read_crop

    if len(made.pictures) > _MOST_SHOWN:
        raise UsageError(
            f"a window shows {_MOST_SHOWN} faces at most, not {len(made.pictures)}",
            "look at the contact sheets, and strike by number: --strike",
        )
    side = made.crops.size
    tiles = [
        review.Tile(
            picture.number,
            picture.person,
            picture.struck,
            side,
            read_crop(folder / picture.file, side)[..., ::-1].tobytes(),
        )
        for picture in made.pictures
    ]
    answer = review.run(tiles)
    return made if answer is None else made.with_struck(answer, alone=True)


def _tell(arguments: argparse.Namespace, made: "Dataset", counts: dict[str, int]) -> None:
    from daemon.clients.cli import output
    from models.training.split import PARTS

    rows = [
        {
            "part": part,
            "people": len(getattr(made.split, part)),
            "pictures": len(made.part(part)),
            "pairs": counts.get(f"{part} pairs", 0),
            "triplets": counts.get(f"{part} triplets", 0),
        }
        for part in PARTS
    ]
    left_out = {
        "undetected": made.undetected,
        "unreadable": made.unreadable,
        "struck": len(made.pictures) - len(made.kept),
    }
    if arguments.json:
        output.print_json({"parts": rows, **left_out})
        return
    output.print_table(rows)
    told = ", ".join(f"{count} {what}" for what, count in left_out.items() if count)
    output.note(f"left out: {told or 'nothing'}")

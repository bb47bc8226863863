"""Options that several evaluations share, and what they build of them. Light, as all options."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clients.cli import options

if TYPE_CHECKING:
    from models.evaluation.workbench import Workbench
    from models.types import Detector, Embedder, Precision

_MOST_ENROLLED = 64  # embeddings of an appearance
_MOST_CLIPS = 99_999


def add_images(parser: argparse.ArgumentParser, shape: str = "DIR/NAME/*.jpg") -> None:
    """`--images DIR`, required; `shape` is how pictures lie in it."""
    parser.add_argument(
        "--images",
        type=Path,
        required=True,
        metavar="DIR",
        help=f"pictures of people, a folder for each: {shape}",
    )


def add_models(parser: argparse.ArgumentParser, *, precision: bool = True) -> None:
    """`--embedder`, `--detector`, `--min-face` and, unless told otherwise, `--precision`."""
    options.add_network_options(parser, min_face=40)
    if precision:
        parser.add_argument(
            "--precision", choices=("float32", "int8"), help="default: what the model runs in"
        )


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`, False by default."""
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def add_data(parser: argparse.ArgumentParser) -> None:
    """`--data NAME`; `data_name` gives it or the folder's."""
    parser.add_argument(
        "--data", metavar="NAME", help="what to call the pictures (default: the folder's name)"
    )


def add_skip_missing(parser: argparse.ArgumentParser) -> None:
    """`--skip-missing`; without it a missing picture is an error."""
    parser.add_argument(
        "--skip-missing",
        action="store_true",
        help="leave out pairs of pictures that are missing or unreadable, and say how many",
    )


def add_enrolled(parser: argparse.ArgumentParser) -> None:
    """`--enrolled N,...`: a tuple of numbers from 1 to 64, None for those that fit."""
    parser.add_argument(
        "--enrolled",
        type=_counts,
        metavar="N,...",
        help="pictures enrolled for each person (default: 1,3,5,10, those that fit)",
    )


def add_groups(parser: argparse.ArgumentParser) -> None:
    """`--groups FILE`, as often as given: a list of paths, None without."""
    parser.add_argument(
        "--groups",
        type=Path,
        action="append",
        metavar="FILE",
        help="lines 'person,group': error rates for each group (may be given again)",
    )


def add_also(parser: argparse.ArgumentParser) -> None:
    """`--also`."""
    parser.add_argument(
        "--also",
        type=Path,
        action="append",
        metavar="DIR",
        help="pictures of one more group of people, DIR/NAME/*.jpg, named as the folder (may be "
        "given again); a picture that two networks put nearer to somebody else's is left out",
    )


def add_clips(parser: argparse.ArgumentParser) -> None:
    """`--clips N`: 2 to 99,999, None for all."""
    parser.add_argument(
        "--clips",
        type=_clips,
        metavar="N",
        help="so many clips, drawn at random but always the same (default: all)",
    )


def workbench(detector: str, min_face: int) -> "Workbench":
    """With this detector, prepared where it was not; `min_face` in pixels."""
    from daemon.clients.cli import output, progress
    from daemon.sources.pictures import read_picture
    from models.evaluation.workbench import Workbench

    return Workbench(
        read=read_picture,
        detector=load_detector(detector, min_face),
        min_face=min_face,
        counting=progress.counting,
        note=output.note,
    )


def load_detector(name: str, min_face: int) -> "Detector":
    """The detector, prepared where it was not; `min_face` in pixels."""
    from daemon.clients.cli.prepare import load_or_prepare
    from models import zoo

    return load_or_prepare(lambda: zoo.load_detector(name, min_face=min_face))


def load_embedder(name: str, precision: "Precision | None") -> "Embedder":
    """The embedder, prepared where it was not; `precision` None takes what it runs in."""
    from daemon.clients.cli.prepare import load_or_prepare
    from models import zoo

    return load_or_prepare(lambda: zoo.load_embedder(name, precision=precision))


def data_name(arguments: argparse.Namespace) -> str:
    """What the report calls the pictures."""
    from models.evaluation import workbench as bench

    return arguments.data or bench.data_name(arguments.images)


def _counts(text: str) -> tuple[int, ...]:
    """Argument type: numbers from 1 to 64, in rising order."""
    fields = [field.strip() for field in text.split(",")]
    numbers = [int(f) for f in fields if f.isascii() and f.isdigit() and len(f) <= 2]
    if len(numbers) != len(fields) or not all(1 <= n <= _MOST_ENROLLED for n in numbers):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no list of numbers from 1 to {_MOST_ENROLLED}, such as 1,3,5"
        )
    return tuple(sorted(set(numbers)))


def _clips(text: str) -> int:
    """Argument type: a number from 2 to 99999."""
    if not (text.isascii() and text.isdigit() and 2 <= int(text[:9]) <= _MOST_CLIPS):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number from 2 to {_MOST_CLIPS}")
    return int(text)

"""Command-line options that several commands share. Light: `--help` imports nothing more."""

import argparse
import os
from pathlib import Path

from models.errors import UsageError
from models.scoring.security import LEVELS, STANDARD, Level, parse_level

DEFAULT_SOURCE = "/dev/video0"


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """`--source SRC`, `--rotate` and `--no-pace`, which the source is opened with."""
    parser.add_argument(
        "--source",
        default=os.environ.get("FACELATCH_SOURCE", DEFAULT_SOURCE),
        metavar="SRC",
        help="camera path or index, video, picture, folder, stream URL or demo[:owner|:stranger"
        "|:empty|:story] (default: $FACELATCH_SOURCE or %(default)s)",
    )
    parser.add_argument(
        "--rotate",
        type=int,
        default=0,
        choices=(0, 90, 180, 270),
        help="degrees by which pictures are turned clockwise, for a camera that hangs on its side "
        "or upside down",
    )
    parser.add_argument(
        "--no-pace",
        action="store_true",
        help="take a file as fast as it can be read, every frame of it",
    )


def add_network_options(parser: argparse.ArgumentParser, *, min_face: int) -> None:
    """`--embedder`, `--detector` and `--min-face`, by default `min_face` pixels."""
    parser.add_argument(
        "--embedder",
        default="auto",
        metavar="NAME",
        help="as `facelatch models list` names it (default: auto, the best of those installed)",
    )
    parser.add_argument(
        "--detector", default="mtcnn", metavar="NAME", help="mtcnn or haar (default: mtcnn)"
    )
    parser.add_argument(
        "--min-face",
        type=int,
        default=min_face,
        metavar="PIXELS",
        help="smallest face that is detected (default: %(default)s)",
    )


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """`--embedder`, `--detector`, `--min-face` and `--store`."""
    add_network_options(parser, min_face=60)
    add_store_option(parser)


def add_store_option(parser: argparse.ArgumentParser) -> None:
    """`--store DIR`, None for the caller's own."""
    parser.add_argument(
        "--store", type=Path, metavar="DIR", help="folder of templates (default: XDG data folder)"
    )


def add_whose_store_options(parser: argparse.ArgumentParser) -> None:
    """`--store` and `--service`: for commands that read the templates themselves."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--store", type=Path, metavar="DIR", help="folder of templates (default: XDG data folder)"
    )
    group.add_argument(
        "--service",
        action="store_true",
        help="the service's templates; only root may, and does so by default",
    )


def add_passphrase_option(parser: argparse.ArgumentParser) -> None:
    """`--passphrase-file FILE`, None where it is asked for."""
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="its first line is the passphrase (default: ask on the terminal)",
    )


def add_seconds_option(parser: argparse.ArgumentParser) -> None:
    """`--seconds`: above 0, at most a day."""
    parser.add_argument(
        "--seconds",
        type=seconds,
        default=10.0,
        help="longest time to try (default: %(default)s)",
    )


def add_security_option(parser: argparse.ArgumentParser) -> None:
    """`--security LEVEL`: a Level, by its name or by a rate."""
    levels = ", ".join(f"{name} ({far:g})" for name, far in LEVELS.items())
    parser.add_argument(
        "--security",
        type=security,
        default=STANDARD,
        metavar="LEVEL",
        help=f"how often a stranger may be let in: {levels}, or a rate (default: standard)",
    )


def add_security_options(parser: argparse.ArgumentParser) -> None:
    """`--security` and `--threshold`, which is None or takes its place."""
    add_security_option(parser)
    parser.add_argument(
        "--threshold",
        type=distance,
        metavar="DISTANCE",
        help="in place of --security: largest distance at which a single picture is accepted",
    )


def add_liveness_option(parser: argparse.ArgumentParser) -> None:
    """`--liveness`: a word as the configuration has it."""
    parser.add_argument(
        "--liveness",
        choices=("off", "convenient", "standard", "strict"),
        default="standard",
        help="how sure it must be that the face is a living one, see docs/liveness.md; pictures "
        "and the built-in demo cannot show it (default: %(default)s)",
    )


def add_welcome_options(parser: argparse.ArgumentParser) -> None:
    """`--hook`, `--hook-timeout`, `--no-greet`, and how the greeting sounds: `--greeting`,
    `--say-as`, `--voice`, `--rate`, `--volume`.
    """
    parser.add_argument(
        "--hook",
        metavar="CMD",
        help="command run on an arrival, without a shell; it gets FACELATCH_USER and "
        "FACELATCH_DISTANCE in its environment",
    )
    parser.add_argument(
        "--hook-timeout",
        type=seconds,
        default=30.0,
        metavar="SECONDS",
        help="longest time the hook may run (default: %(default)s)",
    )
    parser.add_argument("--no-greet", action="store_true", help="do not speak")
    parser.add_argument(
        "--greeting",
        default="Welcome back, {name}",
        metavar="TEXT",
        help="what is said; {name} and {daytime} are filled in (default: %(default)r)",
    )
    parser.add_argument(
        "--say-as",
        action="append",
        type=spelling,
        default=[],
        metavar="NAME=SPELLING",
        help="how a name is spoken, where a voice reads it wrong; may be repeated",
    )
    parser.add_argument("--voice", default="", metavar="NAME", help="see: espeak-ng --voices")
    parser.add_argument(
        "--rate", type=int, default=165, metavar="WPM", help="words a minute (default: %(default)s)"
    )
    parser.add_argument(
        "--volume", type=float, default=1.0, metavar="0..1", help="default: %(default)s"
    )


def spelling(text: str) -> tuple[str, str]:
    """Argument type: a name and how it is spoken, "NAME=SPELLING"."""
    name, _, spoken = text.partition("=")
    if not (name.strip() and spoken.strip() and spoken.isprintable() and len(spoken) <= 64):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=SPELLING, with 1 to 64 characters")
    return name.strip(), spoken.strip()


def seconds(text: str) -> float:
    """Argument type: seconds in (0, 86400]."""
    return _number(text, "a time in seconds", 0.0, 86_400.0)


def security(text: str) -> Level:
    """Argument type: a level of security or a false-accept rate."""
    try:
        return parse_level(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def distance(text: str) -> float:
    """Argument type: a distance in (0, 2]."""
    return _number(text, "a distance", 0.0, 2.0)


def _number(text: str, what: str, above: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not above < value <= most:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not {what} above {above:g} and at most {most:g}"
        )
    return value

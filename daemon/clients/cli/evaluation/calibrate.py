"""`facelatch models calibrate`: measures what a distance is worth, on the person's own pictures."""

import argparse
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.clients.cli.evaluation import common

if TYPE_CHECKING:
    from models.evaluation.gathered import Gathered
    from models.scoring.calibration import Calibration
    from models.types import Embedder

HELP = "measure what a distance is worth, on your own pictures"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--images",
        type=Path,
        required=True,
        metavar="DIR",
        help="pictures of many people, one folder each: DIR/NAME/*.jpg; at least 20 of them need "
        "four pictures or more",
    )
    parser.add_argument("--embedder", default="auto", metavar="NAME", help="default: auto")
    parser.add_argument(
        "--precision", choices=("float32", "int8"), help="default: what the model runs in"
    )
    common.add_data(parser)
    common.add_groups(parser)
    common.add_also(parser)
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="write the file there, named as those that ship, and not where it takes effect",
    )
    parser.add_argument(
        "--both-precisions",
        action="store_true",
        help="write the same for the other precision too, and say so in it: int8 and float32 put "
        "faces in almost the same places",
    )
    parser.add_argument("--json", action="store_true", help="a JSON list on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the calibration is written."""
    from daemon.clients.cli import output

    row = calibrate(arguments)
    if arguments.json:
        output.print_json([row])
    else:
        print(*sentences(row), sep="\n")
    return 0


def calibrate(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measures, writes the calibration, and tells of both. Raises UsageError, ModelError."""
    from models.evaluation import calibrate, gathered

    began = time.monotonic()
    embedder = common.load_embedder(arguments.embedder, arguments.precision)
    bench = common.workbench(calibrate.DETECTOR, calibrate.MIN_FACE)
    crowd = gathered.gather(
        bench,
        arguments.images,
        arguments.also or (),
        embedder,
        lambda name: common.load_embedder(name, None),
    )
    made = _fit(arguments, crowd, embedder)
    path = _save(made, embedder, arguments.output)
    if arguments.both_precisions:
        _save(*_of_the_other_precision(made), arguments.output)
    return {
        "name": embedder.name,
        "outcome": "calibrated",
        "precision": embedder.precision,
        "path": str(path),
        **calibrate.described(made),
        "undetected": crowd.undetected,
        "unusable": crowd.unusable,
        "unreadable": crowd.unreadable,
        "mislabelled": crowd.mislabelled,
        "left_out": crowd.left_out,
        "seconds": round(time.monotonic() - began, 1),
    }


def _save(made: "Calibration", embedder: "Embedder", folder: Path | None) -> Path:
    from models import calibrations

    path = calibrations.user_path(embedder)
    if folder is not None:
        path = calibrations.shipped_path(embedder, folder)
    calibrations.save(made, path)
    return path


def _of_the_other_precision(made: "Calibration") -> tuple["Calibration", "Embedder"]:
    name = made.model_id.rpartition(":")[0]
    other = common.load_embedder(name, "float32" if made.precision == "int8" else "int8")
    data = f"{made.provenance.data} (measured in {made.precision})"
    origin = replace(made.provenance, data=data)
    return replace(made, precision=other.precision, provenance=origin), other


def _fit(arguments: argparse.Namespace, crowd: "Gathered", embedder: "Embedder") -> "Calibration":
    from models.evaluation import calibrate, calibrate_groups, fairness, gathered
    from models.evaluation.versions import versions
    from models.scoring.calibration import Provenance

    data = arguments.data or arguments.images.resolve().name or "pictures"
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    command = _command(arguments, embedder)
    lists = [fairness.read_groups(path) for path in arguments.groups or ()]
    named = gathered.lists_of_groups(lists, crowd.groups)
    if not named:
        return calibrate.fit(
            crowd.faces, embedder, data=data, date=date, command=command, versions=versions()
        )
    origin = Provenance("measured", data, 0, 0, 0, 0, date, command, versions())
    labels = calibrate_groups.numbered(named, crowd.names)
    return calibrate_groups.fit(crowd.faces, embedder, labels, origin)


def _command(arguments: argparse.Namespace, embedder: "Embedder") -> str:
    """The command without paths that only this machine has."""
    words = [f"facelatch models calibrate --embedder {embedder.name}"]
    words += [f"--precision {embedder.precision} --images DIR"]
    words += ["--both-precisions"] * arguments.both_precisions
    words += ["--also DIR"] * len(arguments.also or ())
    words += ["--groups FILE"] * len(arguments.groups or ())
    return " ".join(words)


def sentences(row: dict[str, Any]) -> list[str]:
    """What `calibrate` returned, for a person."""
    lines = [
        f"{row['name']} {row['precision']}: {row['pictures']} pictures of {row['people']} people; "
        f"{row['genuine']} genuine and {row['impostors']} impostor trials",
        f"left out: {row['unusable']} pictures ({row['undetected']} without a face, "
        f"{row['unreadable']} unreadable, others of poor quality), {row['mislabelled']} likely "
        f"under a wrong name, {row['left_out']} other files",
    ]
    for name, rate in row["levels"].items():
        beyond = " (extrapolated)" if rate["extrapolated"] else ""
        threshold = rate["threshold"]
        at = "out of reach" if threshold is None else f"distance {threshold:.4f}"
        lines.append(f"  {name:10}  FAR {rate['far']:.0e}  {at}{beyond}")
    for name, known in row["held_out"].items():
        kept = "kept" if known["kept"] else "NOT KEPT"
        use = "" if known["usable"] else ": not fit for use"
        lines.append(f"  {name:10}  FRR {100 * known['frr']:.2f} %, promise {kept}{use}")
    return [*lines, f"wrote {row['path']}"]

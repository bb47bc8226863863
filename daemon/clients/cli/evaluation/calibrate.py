"""`facelatch models calibrate`: measures what a distance is worth, on the person's own pictures."""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.clients.cli.evaluation import common
from models.errors import UsageError

if TYPE_CHECKING:
    from models.evaluation.collect import Collection
    from models.evaluation.people import People
    from models.evaluation.turns import Faces
    from models.scoring.calibration import Calibration
    from models.types import Detector, Embedder

_MIN_FACE = 40
_DETECTOR = "mtcnn"


HELP = "measure what a distance is worth, on your own pictures"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this action."""
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
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="write the file there, named as those that ship, and not where it takes effect",
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
    from daemon.clients.cli.prepare import load_or_prepare
    from models import calibrations, zoo
    from models.evaluation.people import read_people

    began = time.monotonic()
    people = read_people(arguments.images)
    embedder = load_or_prepare(
        lambda: zoo.load_embedder(arguments.embedder, precision=arguments.precision)
    )
    detector = load_or_prepare(lambda: zoo.load_detector(_DETECTOR, min_face=_MIN_FACE))
    collection = _collect(people, embedder, detector)
    made = _fit(arguments, people, collection, embedder)
    path = calibrations.user_path(embedder)
    if arguments.output is not None:
        path = calibrations.shipped_path(embedder, arguments.output)
    calibrations.save(made, path)
    return {
        "name": embedder.name,
        "outcome": "calibrated",
        "precision": embedder.precision,
        "path": str(path),
        **_described(made),
        "undetected": collection.undetected,
        "unusable": len(collection.paths) - made.provenance.pictures,
        "unreadable": len(collection.unreadable),
        "left_out": people.left_out,
        "seconds": round(time.monotonic() - began, 1),
    }


def sentences(row: dict[str, Any]) -> list[str]:
    """What `calibrate` returned, for a person."""
    lines = [
        f"{row['name']} {row['precision']}: {row['pictures']} pictures of {row['people']} people; "
        f"{row['genuine']} genuine and {row['impostors']} impostor trials",
        f"left out: {row['unusable']} pictures ({row['undetected']} without a face, "
        f"{row['unreadable']} unreadable, others of poor quality), {row['left_out']} other files",
    ]
    for name, rate in row["levels"].items():
        beyond = " (extrapolated)" if rate["extrapolated"] else ""
        threshold = rate["threshold"]
        at = "out of reach" if threshold is None else f"distance {threshold:.4f}"
        lines.append(f"  {name:10}  FAR {rate['far']:.0e}  {at}{beyond}")
    return [*lines, f"wrote {row['path']}"]


def _collect(people: "People", embedder: "Embedder", detector: "Detector") -> "Collection":
    from daemon.clients.cli import output, progress
    from daemon.sources.pictures import read_picture
    from models.evaluation import collect
    from models.evaluation.pictures import PictureEmbedder

    cache = collect.open_cache(embedder, detector.name, min_face=_MIN_FACE)
    if cache.damaged:
        output.note(f"{cache.path} is damaged; it is made anew")
    embed = PictureEmbedder(detector, embedder)
    with progress.counting("embedding pictures") as counter:
        return collect.collect(list(people.paths), read_picture, embed, cache, progress=counter)


def _fit(
    arguments: argparse.Namespace,
    people: "People",
    collection: "Collection",
    embedder: "Embedder",
) -> "Calibration":
    from models.evaluation import calibrate
    from models.evaluation.versions import versions

    faces = _faces(people, collection)
    return calibrate.fit(
        faces,
        embedder,
        data=arguments.data or arguments.images.resolve().name or "pictures",
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        command=f"facelatch models calibrate --embedder {embedder.name} "
        f"--precision {embedder.precision} --images DIR",
        versions=versions(),
    )


def _faces(people: "People", collection: "Collection") -> "Faces":
    """Every picture with a face that is good enough to decide on: no other is ever compared."""
    from models.evaluation.turns import Faces
    from models.quality import MIN_QUALITY

    usable = collection.detected & (collection.quality >= MIN_QUALITY)
    if not usable.any():
        raise UsageError(
            f"none of the {usable.size} pictures shows a usable face: {len(collection.unreadable)} "
            f"unreadable, {collection.undetected} without a face, others of poor quality"
        )
    return Faces(collection.embeddings[usable], people.person[usable])


def _described(made: "Calibration") -> dict[str, Any]:
    origin = made.provenance
    return {
        "kind": origin.kind,
        "data": origin.data,
        "people": origin.people,
        "pictures": origin.pictures,
        "genuine": origin.genuine,
        "impostors": origin.impostors,
        "measured_far": made.measured_far,
        "personal": made.cohort is not None and made.cohort.weight_likeness > 0.0,
        "levels": {name: _at(made, far) for name, far in _levels().items()},
    }


def _levels() -> dict[str, float]:
    from models.scoring.security import LEVELS

    return dict(LEVELS)


def _at(made: "Calibration", far: float) -> dict[str, Any]:
    reached = far >= made.lowest_far
    return {
        "far": far,
        "threshold": round(made.threshold(far), 5) if reached else None,
        "extrapolated": made.extrapolated(far),
    }

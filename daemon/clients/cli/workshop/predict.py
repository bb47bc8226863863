"""`facelatch predict PICTURE --references DIR`: who of some people a picture is nearest to."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clients.cli.evaluation import common

if TYPE_CHECKING:
    from models.training.references import Ranked

HELP = "tell who of some people a picture shows, from one reference picture each"

_EPILOG = """\
DIR holds one picture a person, NAME.jpg, or a folder of several, NAME/*.jpg. Adding a person is
adding a picture: nothing is trained. The exit code is 0 where somebody is within the threshold, 1
where nobody is, 2 where the picture shows no face.
"""
_NEAR, _NOBODY, _NO_FACE = 0, 1, 2


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    parser.epilog = _EPILOG
    parser.add_argument("picture", type=Path, metavar="PICTURE")
    parser.add_argument(
        "--references", type=Path, required=True, metavar="DIR", help="the people to choose from"
    )
    parser.add_argument(
        "--embedder", default="auto", metavar="NAME", help="siamese:NAME too (default: auto)"
    )
    parser.add_argument("--detector", default="mtcnn", metavar="NAME", help="default: mtcnn")
    parser.add_argument(
        "--min-face", type=int, default=40, metavar="PIXELS", help="default: %(default)s"
    )
    parser.add_argument(
        "--threshold", type=float, metavar="DISTANCE", help="default: the embedder's own"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help=".png, .svg or .pdf")
    common.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """The exit code says who was found."""
    from daemon.clients.cli import output
    from daemon.sources.pictures import read_picture
    from models.assets import extras
    from models.evaluation.plots import check_plot_path
    from models.training import prediction_plot, references
    from models.training.sources import enlarged

    if arguments.plot:
        check_plot_path(arguments.plot)
        extras.require("matplotlib")
    embedder = common.load_embedder(arguments.embedder, None)
    detector = common.load_detector(arguments.detector, arguments.min_face)
    image = enlarged(read_picture(arguments.picture))
    face = references.embed_face(image, detector, embedder)
    if face is None:
        output.note(f"no face found in {arguments.picture}")
        return _NO_FACE
    people, left_out = references.read_references(
        arguments.references, detector, embedder, read_picture
    )
    if left_out:
        output.note(f"no face found in {', '.join(left_out[:5])}: left out")
    order = references.ranked(face.embedding, people, embedder.metric)
    threshold = embedder.threshold if arguments.threshold is None else arguments.threshold
    if arguments.plot:
        chip = embedder.align(image, face.landmarks)[0]
        title = f"{arguments.picture.name} by {embedder.name}"
        prediction_plot.plot(arguments.plot, chip, order, threshold, title)
        output.note(f"wrote {arguments.plot}")
    return _tell(order, threshold, embedder.name, as_json=arguments.json)


def _tell(order: "list[Ranked]", threshold: float, embedder: str, *, as_json: bool) -> int:
    from daemon.clients.cli import output

    found = order[0].name if order[0].distance <= threshold else None
    rows = [
        {
            "person": one.name,
            "distance": round(one.distance, 4),
            "within": one.distance <= threshold,
        }
        for one in order
    ]
    if as_json:
        output.print_json(
            {"embedder": embedder, "threshold": threshold, "person": found, "people": rows}
        )
    else:
        output.print_table([{**row, "within": "yes" if row["within"] else ""} for row in rows])
        verdict = found or f"nobody of these (nearest: {order[0].name})"
        print(f"{verdict}; threshold {threshold:.3f}, {embedder}")
    return _NOBODY if found is None else _NEAR

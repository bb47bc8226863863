"""`facelatch evaluate oneshot`: whom of some people each of their pictures is taken for."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.clients.cli.evaluation import common

if TYPE_CHECKING:
    from models.training.oneshot import People, Predicted

HELP = "take each picture for one of all people, from one reference picture each"

_EPILOG = """\
Each picture is looked for twenty times among all people of DIR, every time beside one picture of
each drawn anew. With --dataset, those whom a network was trained on stand before those it never
saw. The plot shows no faces: of everybody's pictures (rows) the share taken for each (columns).
"""
_IN_TRAINING, _NEVER_SEEN = "trained on", "never seen"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this evaluation."""
    parser.epilog = _EPILOG
    common.add_images(parser)
    parser.add_argument(
        "--embedder",
        action="append",
        metavar="NAME",
        help="siamese:NAME too; may be given again (default: auto)",
    )
    parser.add_argument("--dataset", type=Path, metavar="DATA", help="what was trained on")
    parser.add_argument("--detector", default="mtcnn", metavar="NAME", help="default: mtcnn")
    parser.add_argument("--min-face", type=int, default=40, metavar="PIXELS", help="default: 40")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--plot", type=Path, metavar="FILE", help=".png, .svg or .pdf")
    common.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the tables are printed."""
    from daemon.clients.cli import output
    from daemon.sources.pictures import read_picture
    from models.assets import extras
    from models.evaluation.plots import check_plot_path
    from models.training import material, oneshot, oneshot_plot, sources

    if arguments.plot:
        extras.require("matplotlib")
        check_plot_path(arguments.plot)
    embedders = [common.load_embedder(name, None) for name in arguments.embedder or ["auto"]]
    known = _known(arguments)
    pictures = sources.open_source(arguments.images, read_picture)
    detector = common.load_detector(arguments.detector, arguments.min_face)
    faces, left_out = material.of_pictures(pictures, detector)
    if left_out:
        output.note(f"no face found in {len(left_out)} of {len(pictures)} pictures: left out")
    people = oneshot.people_of(faces, pictures, first=known or ())
    found = [oneshot.predict(people, one, seed=arguments.seed) for one in embedders]
    if arguments.plot:
        title = f"{arguments.images.name}: one reference picture a person"
        oneshot_plot.plot(arguments.plot, found, people.names, title)
        output.note(f"wrote {arguments.plot}")
    _tell(arguments, people, found, known)
    return 0


def _known(arguments: argparse.Namespace) -> tuple[str, ...] | None:
    """Whom a network was trained on; None where nobody said."""
    from models.training import dataset

    if arguments.dataset is None:
        return None
    split = dataset.read(arguments.dataset).split
    return (*split.train, *split.validation)


def _tell(
    arguments: argparse.Namespace,
    people: "People",
    found: "Sequence[Predicted]",
    known: tuple[str, ...] | None,
) -> None:
    from daemon.clients.cli import output

    rows = _people_rows(people, found, known)
    summary = [
        {
            "embedder": one.embedder,
            "right": _percent(one.right.mean()),
            "of those within the threshold": _percent(one.within),
            "wrong and within it": _percent(one.false),
            "threshold": f"{one.threshold:.3f}",
            "distance to oneself": f"{one.own:.3f}",
            "to others": f"{one.others:.3f}",
        }
        for one in found
    ]
    if arguments.json:
        output.print_json({"people": rows, "embedders": [_as_json(one) for one in found]})
        return
    output.print_table(rows)
    print()
    output.print_table(summary)


def _people_rows(
    people: "People", found: "Sequence[Predicted]", known: tuple[str, ...] | None
) -> list[dict[str, Any]]:
    return [
        {
            "person": name,
            "in training": known and (_IN_TRAINING if name in known else _NEVER_SEEN),
            "pictures": int(people.counts[number]),
            **{one.embedder: _percent(one.right[number]) for one in found},
        }
        for number, name in enumerate(people.names)
    ]


def _as_json(one: "Predicted") -> dict[str, Any]:
    return {
        "embedder": one.embedder,
        "threshold": one.threshold,
        "right": float(one.right.mean()),
        "within": one.within,
        "false": one.false,
        "named": one.named.tolist(),
        "distances": one.apart.tolist(),
    }


def _percent(share: Any) -> str:
    return f"{100 * float(share):.0f} %"

"""`facelatch evaluate groups`: what each level promises, and what each group of people gets."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from daemon.clients.cli.evaluation import common

if TYPE_CHECKING:
    from models.evaluation.gathered import Gathered
    from models.scoring.calibration import Calibration
    from models.types import Embedder

HELP = "what each level promises, and what each group of people gets"

_EPILOG = """\
Pictures are decided on as `verify` decides on one: the thresholds of the calibration, with what it
adds for each person and each face. Impostors are people of the same group.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    common.add_images(parser)
    common.add_groups(parser)
    common.add_also(parser)
    common.add_enrolled(parser)
    common.add_models(parser)
    common.add_data(parser)
    common.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from daemon.clients.cli import output

    made = measure(arguments)
    if arguments.json:
        output.print_json(made)
        return 0
    output.print_table(rows(made))
    print(f"{made['embedder']} {made['precision']}, {made['data']}: {made['people']} people")
    return 0


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """The report; `levels` is of the first number of pictures enrolled, all are in `enrolments`.

    Raises UsageError, NotInstalledError, CorruptModelError.
    """
    from models import calibrations
    from models.evaluation import group_hindsight, group_rates

    embedder = common.load_embedder(arguments.embedder, arguments.precision)
    calibration = calibrations.load(embedder)
    crowd, labels = _gathered(arguments, embedder)
    by_count = {
        count: group_rates.levels_json(
            group_rates.decisions(crowd.faces, calibration, enrolled=count),
            calibration,
            crowd.names,
            labels,
        )
        for count in arguments.enrolled or (3, 1)
    }
    return {
        "embedder": embedder.name,
        "model_id": embedder.model_id,
        "precision": embedder.precision,
        "data": common.data_name(arguments),
        "people": len({int(one) for one in crowd.faces.people}),
        "mislabelled": crowd.mislabelled,
        "enrolled": next(iter(by_count)),
        "levels": next(iter(by_count.values())),
        "held_out": _held_out(calibration),
        "hindsight": group_hindsight.hindsight_json(
            crowd.faces, calibration, crowd.names, labels, enrolled=next(iter(by_count))
        ),
        "enrolments": {str(count): levels for count, levels in by_count.items()},
    }


def _gathered(
    arguments: argparse.Namespace, embedder: "Embedder"
) -> tuple["Gathered", list[dict[str, str]]]:
    """Everybody, and the groups they are of by name."""
    from models.evaluation import fairness, gathered

    crowd = gathered.gather(
        common.workbench(arguments.detector, arguments.min_face),
        *(arguments.images, arguments.also or (), embedder),
        lambda name: common.load_embedder(name, None),
    )
    lists = [fairness.read_groups(path) for path in arguments.groups or ()]
    return crowd, gathered.lists_of_groups(lists, crowd.groups)


def _held_out(calibration: "Calibration") -> dict[str, Any]:
    """By level, what people saw on whom nothing was fitted, and whether it is fit for use."""
    return {
        level: {**asdict(known), "usable": known.usable}
        for level, known in calibration.held_out.items()
    }


def rows(made: dict[str, Any]) -> list[dict[str, object]]:
    """The report as a table shows it."""
    return [
        {
            "enrolled": count,
            "level": level,
            "group": name,
            "people": rate["people"],
            "FRR %": None if rate["frr"] is None else f"{100 * rate['frr']:.2f}",
            "genuine": rate["genuine"],
            "let in": rate["accepted"],
            "impostors": rate["impostors"],
            "times the promise": _times(rate["far"], levels["promise"]),
            "kept": "yes" if rate["kept"] else "NO",
        }
        for count, by_level in made["enrolments"].items()
        for level, levels in by_level.items()
        for name, rate in levels["groups"].items()
    ]


def _times(far: float | None, promise: float) -> str | None:
    return None if far is None else f"{far / promise:.2g}"

"""`facelatch evaluate groups`: what each level promises, and what each group of people gets."""

import argparse
from typing import Any

from daemon.clients.cli.evaluation import common

HELP = "what each level promises, and what each group of people gets"

_EPILOG = """\
Pictures are decided on as `verify` decides on one: the thresholds of the calibration, with what it
adds for each person and each face. Impostors are people of the same group.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    common.add_images(parser)
    common.add_groups(parser)
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
    from models.evaluation import calibrate, fairness, group_rates
    from models.evaluation.people import read_people

    labels = [fairness.read_groups(path) for path in arguments.groups or ()]
    people = read_people(arguments.images)
    embedder = common.load_embedder(arguments.embedder, arguments.precision)
    calibration = calibrations.load(embedder)
    bench = common.workbench(arguments.detector, arguments.min_face)
    faces = calibrate.usable_faces(people, bench.collect(people, embedder))
    by_count = {
        count: group_rates.levels_json(
            group_rates.decisions(faces, calibration, enrolled=count),
            calibration,
            people.names,
            labels,
        )
        for count in arguments.enrolled or (3, 1)
    }
    return {
        "embedder": embedder.name,
        "model_id": embedder.model_id,
        "precision": embedder.precision,
        "data": common.data_name(arguments),
        "people": len({int(one) for one in faces.people}),
        "enrolled": next(iter(by_count)),
        "levels": next(iter(by_count.values())),
        "enrolments": {str(count): levels for count, levels in by_count.items()},
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

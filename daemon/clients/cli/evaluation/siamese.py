"""`facelatch evaluate siamese`: what networks trained here are worth, over several seeds."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.clients.cli.evaluation import common

if TYPE_CHECKING:
    from models.training.run import Parts
    from models.training.settings import Settings
    from models.training.trials import Recipe, Row

HELP = "train the workshop's networks on some people and measure them on others, over seeds"

_EPILOG = """\
For each seed other people are held out. Finished runs in OUT are not trained again, so that it can
be interrupted. The networks do not stay in the zoo. On two cores a run takes some minutes.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this evaluation."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "--images", type=Path, required=True, metavar="SRC", help="people, or olivettifaces.mat"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="OUT", help="folder of runs")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="default: %(default)s")
    parser.add_argument("--test", type=int, default=10, metavar="N", help="people never seen")
    parser.add_argument("--validation", type=int, default=4, metavar="N", help="people to stop by")
    parser.add_argument("--epochs", type=int, default=100, help="at most (default: %(default)s)")
    parser.add_argument("--patience", type=int, default=40, metavar="EPOCHS", help="default: 40")
    parser.add_argument("--threads", type=int, default=2, help="processor cores (default: 2)")
    parser.add_argument(
        "--finished", action="store_true", help="train nothing: the table of runs that are there"
    )
    common.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the table is printed."""
    from daemon.clients.cli import output
    from daemon.clients.cli.workshop import train
    from models.training import trials

    train.ready()
    found: dict[Recipe, list[dict[str, Any]]] = {recipe: [] for recipe in trials.RECIPES}
    for seed in range(arguments.seeds):
        for recipe in trials.RECIPES:
            found[recipe] += _told(arguments, recipe, seed)
        _complete(arguments, _of_seed(found, seed), seed)
    rows = trials.rows(found)
    if arguments.json:
        output.print_json(trials.as_json(rows))
    else:
        output.print_table([_cells(row) for row in rows])
    return 0


def _cells(row: "Row") -> dict[str, Any]:
    return {
        "network": row.what,
        "seeds": row.seeds,
        "AUC": f"{row.auc:.4f} ± {row.auc_spread:.4f}",
        "10-way one-shot": f"{100 * row.one_shot:.1f} ± {100 * row.one_shot_spread:.1f} %",
        "longest": None if row.seconds is None else f"{row.seconds:.0f} s",
        "of a core": row.processor_seconds and f"{row.processor_seconds:.0f} s",
    }


def _told(arguments: argparse.Namespace, recipe: "Recipe", seed: int) -> list[dict[str, Any]]:
    """What a run tells, trained where it was not; none where only finished ones are asked for."""
    from daemon.clients.cli import output
    from models.training import trials

    settings = trials.settings_of(
        recipe, seed=seed, epochs=arguments.epochs, patience=arguments.patience
    )
    folder = arguments.output / settings.name
    told = trials.done(folder, settings)
    if told is None and not arguments.finished:
        output.note(f"training {recipe.name}, seed {seed}")
        told = _trained(arguments, settings, folder)
    return [] if told is None else [told]


def _trained(arguments: argparse.Namespace, settings: "Settings", folder: Path) -> dict[str, Any]:
    from daemon.clients.cli import output
    from daemon.clients.cli.workshop import train
    from models.assets import trained
    from models.training import run

    parts = _parts(arguments, settings.seed)
    run.make_folder(folder, resume=False, force=True)
    outcome = run.run(
        settings,
        parts,
        folder,
        train.loaders(),
        train.reporter(),
        threads=arguments.threads,
        note=output.note,
    )
    trained.remove(f"{trained.PREFIX}{settings.name}")
    if outcome.published.calibration is not None:
        outcome.published.calibration.unlink(missing_ok=True)
    return run.as_json(settings, parts, outcome)


def _of_seed(found: "Mapping[Recipe, Sequence[dict[str, Any]]]", seed: int) -> list[dict[str, Any]]:
    return [one for runs in found.values() for one in runs if one["settings"]["seed"] == seed]


def _complete(arguments: argparse.Namespace, runs: list[dict[str, Any]], seed: int) -> None:
    """Adds embedders of the zoo that were not installed when these runs of a seed were made."""
    from dataclasses import asdict

    from daemon.clients.cli.workshop import train
    from models.training import publish, trials

    missing = trials.missing_beside(runs) if runs else []
    test = _parts(arguments, seed).test if missing else None
    if test is not None:
        more = publish.measured_beside(test, train.loaders().usual, seed, missing)
        runs[0]["beside"].update({name: asdict(one) for name, one in more.items()})


def _parts(arguments: argparse.Namespace, seed: int) -> "Parts":
    """The data set of one seed, made where it is not there."""
    from daemon.clients.cli import progress
    from daemon.sources.pictures import read_picture
    from models.errors import UsageError
    from models.training import dataset, prepare, run, sources
    from models.training.crops import CropSettings

    home = arguments.output / f"data-{seed}"
    order = prepare.Order(
        str(arguments.images.resolve()),
        CropSettings(96, grey=True),
        seed,
        arguments.test,
        arguments.validation,
    )
    try:
        made = dataset.read(home)
    except UsageError:
        pictures = sources.open_source(arguments.images, read_picture)
        with progress.counting("cutting out faces") as counter:
            made = prepare.prepare(
                pictures, common.load_detector("mtcnn", 40), home, order, counter
            )
    name = f"{arguments.images.name}, seed {seed}"
    return run.parts_of(made, read_picture, name)

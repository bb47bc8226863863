"""`facelatch train DATA`, `facelatch train owner NAME`: trains a network of one's own."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clients.cli import actions

if TYPE_CHECKING:
    from models.training.loop import Report
    from models.training.owner import Check
    from models.training.run import Loaders, Outcome, Parts
    from models.training.settings import Settings
    from models.types import Embedder

HELP = "train a network of your own on a data set, or on one owner's pictures"

_EPILOG = """\
Towers: olivetti and contrastive learn from nothing; mobilefacenet and facenet put a trained layer
on a network of the zoo, which stays as it is unless --open. Losses: bce (distance, sigmoid, binary
cross-entropy), contrastive, triplet. The result is the embedder siamese:NAME of enroll, verify,
watch, evaluate and predict. A run's folder shows no faces; it holds what is needed to resume.
"""
_ACTIONS = ("data", "owner")


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds both ways to train."""
    actions.add_actions(
        parser,
        {
            "data": actions.Action("on a data set of people", _configure_data, _data),
            "owner": actions.Action("one owner against others", _configure_owner, _owner),
        },
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the network stands in the zoo."""
    ready()
    return actions.run(arguments)


def ready() -> None:
    """Before TensorFlow is loaded; raises NotInstalledError where it is not installed."""
    from models.assets import extras

    extras.require("tensorflow", "matplotlib")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def translated(words: list[str]) -> list[str]:
    """`train DATA` is short for `train data DATA`."""
    if words and words[0] not in _ACTIONS and not words[0].startswith("-"):
        return ["data", *words]
    return words


def _configure_data(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("data", type=Path, metavar="DATA", help="folder of a data set")
    parser.add_argument("--name", required=True, metavar="NAME", help="it becomes siamese:NAME")
    parser.add_argument("--tower", default="olivetti", metavar="TOWER", help="default: %(default)s")
    parser.add_argument(
        "--loss", choices=("bce", "contrastive", "triplet"), default="bce", help="default: bce"
    )
    parser.add_argument(
        "--triplets", choices=("all", "random", "semi-hard"), default="semi-hard",
        help="default: %(default)s",
    )  # fmt: skip
    _add_shared(parser, epochs=100, patience=25)


def _configure_owner(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="it becomes siamese:NAME")
    for option, whose in (("--me", "the owner's pictures"), ("--others", "other people's")):
        parser.add_argument(option, type=Path, required=True, metavar="DIR", help=whose)
    parser.add_argument(
        "--held-out",
        type=Path,
        metavar="DIR",
        help="people to measure on, DIR/NAME/*.jpg: not trained on",
    )
    parser.add_argument(
        "--further",
        type=Path,
        metavar="DIR",
        help="more of the owner's pictures, not trained on: are they nearer than --strangers?",
    )
    parser.add_argument("--strangers", type=Path, metavar="DIR", help="people not trained on")
    parser.add_argument(
        "--tower", default="mobilefacenet", metavar="TOWER", help="default: %(default)s"
    )
    parser.add_argument("--detector", default="mtcnn", metavar="NAME", help="default: mtcnn")
    parser.add_argument("--min-face", type=int, default=40, metavar="PIXELS", help="default: 40")
    _add_shared(parser, epochs=30, patience=5)
    parser.set_defaults(loss="triplet", triplets="all")


def _add_shared(parser: argparse.ArgumentParser, *, epochs: int, patience: int) -> None:
    parser.add_argument(
        "--margin",
        type=float,
        metavar="A",
        help="contrastive 0..2 (default: 1); triplet -1..1 (default: 0.2), below 0 for very few "
        "pictures",
    )
    parser.add_argument("--epochs", type=int, default=epochs, help="at most (default: %(default)s)")
    parser.add_argument(
        "--patience",
        type=int,
        default=patience,
        metavar="EPOCHS",
        help="stop when nothing got better for so long; 0: never (default: %(default)s)",
    )
    parser.add_argument("--batch", type=int, default=64, help="examples a step (default: 64)")
    parser.add_argument("--rate", type=float, default=1e-3, help="of learning (default: 0.001)")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--no-augment", action="store_true", help="show pictures as they are")
    parser.add_argument("--open", action="store_true", help="train the last block of the zoo's too")
    parser.add_argument("--threads", type=int, default=2, help="processor cores (default: 2)")
    parser.add_argument(
        "--runs", type=Path, default=Path("runs"), metavar="DIR", help="default: %(default)s"
    )
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on after an interruption")
    again.add_argument("--force", action="store_true", help="begin again")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def _data(arguments: argparse.Namespace) -> int:
    from daemon.sources.pictures import read_picture
    from models.training import dataset, run

    made = dataset.read(arguments.data)
    parts = run.parts_of(made, read_picture, arguments.data.resolve().name)
    return _train(arguments, arguments.name, parts)


def _owner(arguments: argparse.Namespace) -> int:
    from daemon.clients.cli import output
    from daemon.clients.cli.evaluation import common
    from daemon.sources.pictures import read_picture
    from models.errors import UsageError
    from models.training import material, owner, sources

    began = os.times()
    if (arguments.further is None) != (arguments.strangers is None):
        raise UsageError("--further and --strangers go together")
    detector = common.load_detector(arguments.detector, arguments.min_face)
    me, others, left_out = owner.read(arguments.me, arguments.others, detector, read_picture)
    if left_out:
        output.note(f"no face found in {', '.join(left_out[:5])}: left out")
    held_out = None
    if arguments.held_out:
        held_out, _ = material.of_pictures(
            sources.open_source(arguments.held_out, read_picture), detector
        )
    code = _train(arguments, arguments.name, owner.parts(me, others, held_out))
    _tell_time(arguments, began)
    if arguments.further:
        further = owner.read_one(arguments.further, detector, read_picture)
        strangers = owner.read_one(arguments.strangers, detector, read_picture)
        _tell_check(arguments, lambda embedder: owner.check(embedder, me, further, strangers))
    return code


def _tell_time(arguments: argparse.Namespace, began: os.times_result) -> None:
    from daemon.clients.cli import output

    now = os.times()
    used = now.user + now.system - began.user - began.system
    output.note(
        f"from pictures to a network in the zoo: {now.elapsed - began.elapsed:.0f} s, "
        f"{used:.0f} s of a processor core, {arguments.threads} allowed"
    )


def _tell_check(arguments: argparse.Namespace, check: "Callable[[Embedder], Check]") -> None:
    """Of the trained network, and of the one that it was put on as it is."""
    from daemon.clients.cli import output
    from daemon.clients.cli.evaluation import common
    from models.networks import siamese

    tower = siamese.tower_named(arguments.tower)
    base = [tower.base] if isinstance(tower, siamese.Based) else []
    for name in (f"siamese:{arguments.name}", *base):
        found = check(common.load_embedder(name, None))
        output.note(
            f"{name}: {found.further - found.beyond} of {found.further} further pictures of the "
            f"owner are nearer than all {found.strangers} pictures of strangers (farthest "
            f"{found.farthest:.3f}, nearest stranger {found.nearest_stranger:.3f})"
        )


def _train(arguments: argparse.Namespace, name: str, parts: "Parts") -> int:
    from daemon.clients.cli import output
    from models.training import run

    settings = _settings(arguments, name)
    folder = arguments.runs / name
    run.make_folder(folder, resume=arguments.resume, force=arguments.force)
    outcome = run.run(
        settings,
        parts,
        folder,
        loaders(),
        reporter(),
        resume=arguments.resume,
        threads=arguments.threads,
        note=output.note,
    )
    _tell(arguments, settings, parts, outcome)
    return 0


def _settings(arguments: argparse.Namespace, name: str) -> "Settings":
    from models.training.settings import Settings, usual_margin

    margin = usual_margin(arguments.loss) if arguments.margin is None else arguments.margin
    return Settings(
        name=name,
        tower=arguments.tower,
        loss=arguments.loss,
        margin=margin,
        epochs=arguments.epochs,
        batch=arguments.batch,
        seed=arguments.seed,
        rate=arguments.rate,
        patience=arguments.patience,
        augment=not arguments.no_augment,
        opened=arguments.open,
        triplets=arguments.triplets,
    )


def loaders() -> "Loaders":
    """Embedders of the zoo, prepared where they were not."""
    from daemon.clients.cli.evaluation import common
    from models.embedders.litert import NetworkEmbedder
    from models.errors import UsageError
    from models.training.run import Loaders

    def exact(name: str) -> NetworkEmbedder:
        embedder = common.load_embedder(name, "float32")
        if not isinstance(embedder, NetworkEmbedder):
            raise UsageError(f"{name} cannot be built on")
        return embedder

    return Loaders(exact, lambda name: common.load_embedder(name, None))


def reporter() -> "Report":
    """One line an epoch on standard error."""
    from daemon.clients.cli import output
    from models.training.loop import Epoch

    def report(done: Epoch, most: int) -> None:
        line = f"epoch {done.epoch} of {most}: loss {done.loss:.4f}, accuracy {done.accuracy:.3f}"
        if done.validation_auc is not None:
            line += (
                f"; people held out: loss {done.validation_loss:.4f}, "
                f"accuracy {done.validation_accuracy:.3f}, AUC {done.validation_auc:.4f}"
            )
        output.note(f"{line}; {done.seconds:.1f} s")

    return report


def _tell(
    arguments: argparse.Namespace, settings: "Settings", parts: "Parts", outcome: "Outcome"
) -> None:
    from daemon.clients.cli import output
    from models.training import run

    output.note(f"the run is in {outcome.folder}")
    if arguments.json:
        output.print_json(run.as_json(settings, parts, outcome))
        return
    print(*run.summary(settings, outcome), sep="\n")

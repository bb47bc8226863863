"""`facelatch evaluate lfw`: the protocol of LFW on labelled pairs."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clients.cli.evaluation import common
from models.errors import UsageError

if TYPE_CHECKING:
    from models.evaluation.collect import Collection
    from models.evaluation.folder_report import Json
    from models.evaluation.lfw import LfwResult
    from models.evaluation.pairs import PairList, PictureName
    from models.evaluation.report import Setup
    from models.types import Detector, Embedder


HELP = "the protocol of Labeled Faces in the Wild: accuracy on pairs of pictures"

_EPILOG = """\
The list of pairs has the format of LFW. Where no face is found, the middle of the picture is
embedded.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this evaluation."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "--pairs", type=Path, required=True, metavar="FILE", help="pairs file of LFW"
    )
    common.add_images(parser, "DIR/NAME/NAME_0001.jpg")
    common.add_models(parser)
    common.add_skip_missing(parser)
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="write histograms, ROC and DET (.png, .svg, .pdf)"
    )
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="the same, as lfw.svg in this folder"
    )
    common.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from daemon.clients.cli import output
    from models.evaluation import plots, report

    if arguments.plots and not arguments.plot:
        arguments.plot = arguments.plots / "lfw.svg"
    if arguments.plot:
        plots.check_plot_path(arguments.plot)
    measured = _measure(arguments)
    made = report.lfw_json(measured.result, measured.setup(arguments))
    if arguments.plot:
        plots.plot_errors(
            arguments.plot,
            measured.result.comparisons,
            measured.result.curve,
            title=f"{made['embedder']} ({made['precision']}), {made['pairs']} pairs",
            threshold=made["threshold"],
        )
        output.note(f"wrote {arguments.plot}")
    if arguments.json:
        output.print_json(made)
    else:
        output.print_table(report.lfw_rows(made))
    return 0


def report_of(arguments: argparse.Namespace, name: str) -> "Json":
    """The JSON report of the embedder `name` in its default precision."""
    from models.evaluation import report

    chosen = argparse.Namespace(**{**vars(arguments), "embedder": name, "precision": None})
    measured = _measure(chosen)
    return report.lfw_json(measured.result, measured.setup(chosen))


@dataclass(frozen=True, slots=True, eq=False)
class _Pictures:
    """The pictures that the pairs name: those that are there, and those that are not."""

    paths: "dict[PictureName, Path]"
    missing: "tuple[PictureName, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """One evaluation, with what it was made of."""

    embedder: "Embedder"
    detector: "Detector"
    pictures: _Pictures
    collection: "Collection"
    pairs: "PairList"
    left_out: int
    result: "LfwResult"

    def setup(self, arguments: argparse.Namespace) -> "Setup":
        from models.evaluation.report import Setup
        from models.evaluation.versions import versions

        return Setup(
            embedder=self.embedder.name,
            model_id=self.embedder.model_id,
            precision=self.embedder.precision,
            own_threshold=self.embedder.threshold,
            detector=self.detector.name,
            min_face=arguments.min_face,
            images=len(self.pictures.paths) + len(self.pictures.missing),
            missing=len(self.pictures.missing),
            unreadable=len(self.collection.unreadable),
            undetected=self.collection.undetected,
            pairs_left_out=self.left_out,
            folds_cut=self.pairs.cut,
            from_cache=self.collection.from_cache,
            seconds=self.collection.seconds,
            versions=versions("mtcnn"),
        )


def _measure(arguments: argparse.Namespace) -> _Measured:
    from daemon.clients.cli.prepare import load_or_prepare
    from models import zoo
    from models.evaluation import lfw, pairs

    listed = pairs.read_pairs(arguments.pairs)
    pictures = _find(listed, arguments)
    embedder = load_or_prepare(
        lambda: zoo.load_embedder(arguments.embedder, precision=arguments.precision)
    )
    detector = load_or_prepare(
        lambda: zoo.load_detector(arguments.detector, min_face=arguments.min_face)
    )
    collection = _collect(pictures, embedder, detector, arguments)
    kept = lfw.without(listed, _lost(pictures, collection, arguments))
    rows = {name: row for row, name in enumerate(pictures.paths)}
    comparisons, folds = lfw.compare(kept, rows, collection.embeddings, embedder.metric)
    result = lfw.evaluate(comparisons, folds, own_threshold=embedder.threshold)
    left_out = len(listed.pairs) - len(kept.pairs)
    return _Measured(embedder, detector, pictures, collection, kept, left_out, result)


def _find(listed: "PairList", arguments: argparse.Namespace) -> _Pictures:
    """Where every picture lies; raises UsageError unless all are there or may be skipped."""
    from models.evaluation import pairs

    if not arguments.images.is_dir():
        raise UsageError(f"{arguments.images} is not a folder")
    names = listed.pictures()
    found = {name: pairs.find_picture(arguments.images, name) for name in names}
    paths = {name: path for name, path in found.items() if path is not None}
    missing = tuple(name for name in names if name not in paths)
    if not paths:
        raise UsageError(f"none of the {len(names)} pictures of the pairs is in {arguments.images}")
    if missing and not arguments.skip_missing:
        raise UsageError(
            f"{len(missing)} of {len(names)} pictures of the pairs are not in {arguments.images}, "
            f"such as {missing[0].stem}",
            "leave their pairs out with --skip-missing",
        )
    return _Pictures(paths, missing)


def _collect(
    pictures: _Pictures,
    embedder: "Embedder",
    detector: "Detector",
    arguments: argparse.Namespace,
) -> "Collection":
    from daemon.clients.cli import output, progress
    from daemon.sources.pictures import read_picture
    from models.evaluation import collect
    from models.evaluation.pictures import PictureEmbedder

    cache = collect.open_cache(embedder, detector.name, min_face=arguments.min_face)
    if cache.damaged:
        output.note(f"{cache.path} is damaged; it is made anew")
    embed = PictureEmbedder(detector, embedder)
    paths = list(pictures.paths.values())
    with progress.counting("embedding pictures") as counter:
        return collect.collect(paths, read_picture, embed, cache, progress=counter)


def _lost(
    pictures: _Pictures, collection: "Collection", arguments: argparse.Namespace
) -> "set[PictureName]":
    """Pictures without an embedding; raises UsageError unless they may be skipped."""
    unreadable = collection.unreadable
    if unreadable and not arguments.skip_missing:
        raise UsageError(
            f"{len(unreadable)} of {len(collection.paths)} pictures cannot be read, "
            f"such as {unreadable[0]}",
            "leave their pairs out with --skip-missing",
        )
    bad = set(unreadable)
    return {*pictures.missing, *(name for name, path in pictures.paths.items() if path in bad)}

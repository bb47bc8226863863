"""LFW's protocol from files to figures: which pictures are there, what they score."""

from dataclasses import dataclass
from pathlib import Path

from models.errors import UsageError
from models.evaluation import lfw, pairs, report
from models.evaluation.collect import Collection
from models.evaluation.folder_report import Json
from models.evaluation.lfw import LfwResult
from models.evaluation.pairs import PairList, PictureName
from models.evaluation.report import Setup
from models.evaluation.versions import versions
from models.evaluation.workbench import Workbench
from models.types import Embedder


@dataclass(frozen=True, slots=True, eq=False)
class LfwRun:
    """One embedder's figures, and what the report says of them."""

    result: LfwResult
    report: Json


@dataclass(frozen=True, slots=True, eq=False)
class _Pictures:
    """The pictures that the pairs name: those that are there, and those that are not."""

    paths: dict[PictureName, Path]
    missing: tuple[PictureName, ...]


def run_lfw(
    bench: Workbench, listed: PairList, images: Path, embedder: Embedder, *, skip_missing: bool
) -> LfwRun:
    """Embeds and compares; raises UsageError where pictures are missing and may not be skipped."""
    pictures = _find(listed, images, skip_missing=skip_missing)
    collection = bench.collect_paths(list(pictures.paths.values()), embedder)
    kept = lfw.without(listed, _lost(pictures, collection, skip_missing=skip_missing))
    rows = {name: row for row, name in enumerate(pictures.paths)}
    comparisons, folds = lfw.compare(kept, rows, collection.embeddings, embedder.metric)
    result = lfw.evaluate(comparisons, folds, own_threshold=embedder.threshold)
    setup = Setup(
        embedder=embedder.name,
        model_id=embedder.model_id,
        precision=embedder.precision,
        own_threshold=embedder.threshold,
        detector=bench.detector.name,
        min_face=bench.min_face,
        images=len(pictures.paths) + len(pictures.missing),
        missing=len(pictures.missing),
        unreadable=len(collection.unreadable),
        undetected=collection.undetected,
        pairs_left_out=len(listed.pairs) - len(kept.pairs),
        folds_cut=kept.cut,
        from_cache=collection.from_cache,
        seconds=collection.seconds,
        versions=versions("mtcnn"),
    )
    return LfwRun(result, report.lfw_json(result, setup))


def _find(listed: PairList, images: Path, *, skip_missing: bool) -> _Pictures:
    """Where every picture lies; raises UsageError unless all are there or may be skipped."""
    if not images.is_dir():
        raise UsageError(f"{images} is not a folder")
    names = listed.pictures()
    found = {name: pairs.find_picture(images, name) for name in names}
    paths = {name: path for name, path in found.items() if path is not None}
    missing = tuple(name for name in names if name not in paths)
    if not paths:
        raise UsageError(f"none of the {len(names)} pictures of the pairs is in {images}")
    if missing and not skip_missing:
        raise UsageError(
            f"{len(missing)} of {len(names)} pictures of the pairs are not in {images}, "
            f"such as {missing[0].stem}",
            "leave their pairs out with --skip-missing",
        )
    return _Pictures(paths, missing)


def _lost(pictures: _Pictures, collection: Collection, *, skip_missing: bool) -> set[PictureName]:
    """Pictures without an embedding; raises UsageError unless they may be skipped."""
    unreadable = collection.unreadable
    if unreadable and not skip_missing:
        raise UsageError(
            f"{len(unreadable)} of {len(collection.paths)} pictures cannot be read, "
            f"such as {unreadable[0]}",
            "leave their pairs out with --skip-missing",
        )
    bad = set(unreadable)
    return {*pictures.missing, *(name for name, path in pictures.paths.items() if path in bad)}

"""Runs protocols on a folder of people with what the caller brings: readers, models, progress."""

import hashlib
import resource
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from models import calibrations
from models.embedders.spec import commonness_weight
from models.errors import ImageError, NotInstalledError, UsageError
from models.evaluation import collect, folder, folder_report, group_rates, precision
from models.evaluation import degrade as degrading
from models.evaluation.collect import Collection
from models.evaluation.folder import Asked, Counting, FolderResult, Pictures
from models.evaluation.folder_report import FolderSetup, Json
from models.evaluation.people import People
from models.evaluation.pictures import PictureEmbedder, digest
from models.evaluation.turns import Faces
from models.evaluation.versions import versions
from models.types import Detector, Embedder, Image, Precision


@dataclass(frozen=True, slots=True, eq=False)
class Workbench:
    """What every run has in common."""

    read: collect.Read
    detector: Detector
    min_face: int
    counting: Counting
    note: Callable[[str], None]
    """Takes one line for the person."""

    def collect(self, people: People, embedder: Embedder, *, degrade: bool = False) -> Collection:
        """Embeddings of all pictures, from the cache where they were seen before."""
        return self.collect_paths(people.paths, embedder, degrade=degrade)

    def collect_paths(
        self, paths: Sequence[Path], embedder: Embedder, *, degrade: bool = False
    ) -> Collection:
        """The same of pictures without a word on whose they are."""
        cache = collect.open_cache(
            embedder,
            self.detector.name,
            min_face=self.min_face,
            changed=degrading.NAME if degrade else "",
        )
        if cache.damaged:
            self.note(f"{cache.path} is damaged; it is made anew")
        embed = PictureEmbedder(self.detector, embedder)
        read = self._read_degraded if degrade else self.read
        with self.counting(f"embedding pictures with {embedder.name}") as progress:
            return collect.collect(paths, read, embed, cache, progress=progress)

    def _read_degraded(self, path: Path) -> Image:
        return degrading.degraded(self.read(path))


@dataclass(frozen=True, slots=True, eq=False)
class FolderRun:
    """One embedder's protocols on one folder."""

    result: FolderResult
    report: Json


def run_folder(
    bench: Workbench,
    people: People,
    embedder: Embedder,
    asked: Asked,
    *,
    data: str,
    protocol: str = "all",
    degrade: bool = False,
) -> FolderRun:
    """Embeds, compares, reports; raises UsageError where the folder does not allow it.

    With `degrade` pictures are given flaws first.
    """
    collection = bench.collect(people, embedder, degrade=degrade)
    weight = commonness_weight(embedder.name)
    pictures = Pictures.of(people, collection, commonness=weight)
    if pictures.unreadable:
        first = collection.unreadable[0]
        bench.note(f"{pictures.unreadable} pictures cannot be read, such as {first}; left out")
    result = folder.evaluate(pictures, embedder.metric, asked, bench.counting)
    setup = FolderSetup(
        protocol=protocol,
        embedder=embedder.name,
        model_id=embedder.model_id,
        precision=embedder.precision,
        detector=bench.detector.name,
        min_face=bench.min_face,
        data=f"{data}, degraded" if degrade else data,
        unlabelled=folder.unlabelled(pictures, asked.groups),
        from_cache=collection.from_cache,
        seconds=collection.seconds,
        peak_mb=peak_mb(),
        versions=versions("mtcnn"),
    )
    report = folder_report.folder_json(result, pictures, setup)
    if asked.groups:
        report["levels"] = _levels(pictures, embedder, asked)
    return FolderRun(result, report)


def _levels(pictures: Pictures, embedder: Embedder, asked: Asked) -> Json:
    """What each group gets at each level, as the verifier decides; nothing where nobody can be
    enrolled.
    """
    faces = Faces(pictures.embeddings[pictures.good], pictures.people.person[pictures.good])
    enrolled = folder.HEADLINE if folder.HEADLINE in asked.enrolled else asked.enrolled[0]
    try:
        known = calibrations.load(embedder)
        made = group_rates.decisions(faces, known, enrolled=enrolled)
    except (UsageError, NotInstalledError):
        return {}
    return group_rates.levels_json(made, known, pictures.people.names, asked.groups)


@dataclass(frozen=True, slots=True, eq=False)
class PrecisionRun:
    """Both precisions of one embedder on one folder."""

    runs: Mapping[Precision, FolderRun]
    report: Json


def run_precisions(
    bench: Workbench,
    people: People,
    load: Callable[[Precision], Embedder],
    asked: Asked,
    *,
    data: str,
    default: Precision,
) -> PrecisionRun:
    """The protocols `asked` with either precision, and by how much they differ."""
    runs: dict[Precision, FolderRun] = {
        kind: run_folder(bench, people, load(kind), asked, data=data)
        for kind in get_args(Precision)
    }
    differences = precision.compare(runs["float32"].result, runs["int8"].result)
    reports = {str(kind): run.report for kind, run in runs.items()}
    return PrecisionRun(runs, precision.precision_json(differences, reports, default))


def peak_mb() -> int:
    """The most memory that this process has held so far, in MB of 2^20 bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def data_name(path: Path) -> str:
    """The last two parts of a folder's path: enough to know it, nothing of this machine."""
    return "/".join(path.resolve().parts[-2:]).lstrip("/")


def data_digest(people: People) -> str:
    """Digest of all readable pictures and of whose they are, so that others can compare theirs."""
    joined = hashlib.sha256()
    for path, number in zip(people.paths, people.person, strict=True):
        joined.update(f"{people.names[number]}/{path.name}\0".encode())
        try:
            joined.update(digest(path).encode())
        except ImageError:
            continue
    return joined.hexdigest()[:16]

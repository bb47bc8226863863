"""One training run from faces to the zoo, and its folder.

RUN/run.json        settings, versions, data, epochs, what was measured
RUN/history.csv     figures by epoch
RUN/training.png    the same as a figure
RUN/distances.png   genuine and impostor distances of people held out, ROC, DET
RUN/checkpoint.npz  to resume from
"""

import csv
import io
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from models import files
from models.embedders.litert import NetworkEmbedder
from models.errors import UsageError
from models.evaluation import plots
from models.evaluation.metrics import Comparisons, Ranked
from models.evaluation.versions import processor, versions
from models.training import building, curves, material, measure, publish
from models.training.checkpoint import Checkpoint
from models.training.crops import CropSettings
from models.training.dataset import Dataset
from models.training.examples import Rows, Triplets, all_pairs
from models.training.loop import Epoch, Progress, Report, Training
from models.training.material import Material
from models.training.publish import Published
from models.training.settings import Settings
from models.training.sources import Read
from models.training.split import PARTS
from models.types import Array, Embedder

_FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The faces of a run; None where nobody is held out for it."""

    train: Material
    validation: Material | None
    test: Material | None
    crops: CropSettings
    name: str
    """What the data is called."""
    triplets: Triplets | None = None
    """To train on in place of drawn ones."""


@dataclass(frozen=True, slots=True)
class Loaders:
    """How embedders of the zoo are had; each raises FacelatchError."""

    exact: Callable[[str], NetworkEmbedder]
    """In float32."""
    usual: Callable[[str], Embedder]
    """As they run in use."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    progress: Progress
    published: Published
    seconds: float
    processor_seconds: float
    """Of all cores together: what a machine that others use does not change."""
    folder: Path


def run(
    settings: Settings,
    parts: Parts,
    folder: Path,
    loaders: Loaders,
    report: Report,
    *,
    resume: bool = False,
    threads: int = 1,
    note: Callable[[str], None] = lambda _line: None,
) -> Outcome:
    """Trains, converts, measures, installs, writes the run's folder. Raises FacelatchError."""
    began, used = time.perf_counter(), time.process_time()
    building.start(settings, threads)
    built = building.build(settings, parts.crops, loaders.exact)
    note("preparing the pictures")
    views = built.views(parts.train)
    validation = None if parts.validation is None else built.views(parts.validation)
    training = Training(settings, built.steps, views, validation, fixed=parts.triplets)
    progress = training.run(Checkpoint(folder / "checkpoint.npz"), report, resume=resume)
    note("converting and measuring")
    published = publish.publish(
        settings,
        built,
        parts.test,
        loaders.usual,
        upright=parts.crops.upright,
        sample=_sample(parts.train, built),
        data=parts.name,
    )
    outcome = Outcome(
        progress, published, time.perf_counter() - began, time.process_time() - used, folder
    )
    _write(settings, parts, outcome)
    if parts.test is not None:
        embeddings = parts.test.embed(_installed(published))
        _plot_distances(folder / "distances.png", embeddings, parts.test.people, settings.name)
    return outcome


def parts_of(dataset: Dataset, read: Read, name: str) -> Parts:
    """The faces of a data set; raises UsageError where its pictures are gone."""
    found = {
        part: material.of_dataset(dataset, part, read) if getattr(dataset.split, part) else None
        for part in PARTS
    }
    train = found["train"]
    if train is None:
        raise UsageError("the data set has nobody to train on")
    return Parts(train, found["validation"], found["test"], dataset.crops, name)


def make_folder(folder: Path, *, resume: bool, force: bool) -> None:
    """Makes the run's folder; raises UsageError where another run is in it."""
    there = Checkpoint(folder / "checkpoint.npz").exists()
    if there and not (resume or force):
        raise UsageError(
            f"{folder} holds a run", "--resume it, --force a new one, or --name another"
        )
    try:
        files.make_folder(folder)
        if there and force:
            (folder / "checkpoint.npz").unlink()
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {files.reason(error)}") from error


def summary(settings: Settings, outcome: Outcome) -> list[str]:
    """What a run came to, for a person; weaker than what is built in is said with by how much."""
    published, progress = outcome.published, outcome.progress
    name = f"siamese:{settings.name}"
    lines = [
        f"{name}: {len(progress.epochs)} epochs in {outcome.seconds:.0f} s "
        f"({outcome.processor_seconds:.0f} s of a processor core), kept epoch {progress.best_epoch}"
    ]
    measured = published.measured
    if measured is None:
        lines.append("nobody was held out: how well it tells people apart is not known")
    else:
        lines.append(
            f"{measured.people} people never seen, {measured.genuine} genuine and "
            f"{measured.impostors} impostor pairs: {_told(measured)}"
        )
    for other, found in published.beside.items():
        lines.append(f"  {other} on the same pairs: {_told(found)}")
        if measured is not None and found.auc > measured.auc:
            lines.append(
                f"  {name} is weaker: AUC lower by {found.auc - measured.auc:.4f}, "
                f"equal errors {100 * (measured.eer - found.eer):.1f} % higher"
            )
    if published.calibration is None:
        lines.append("not calibrated (eight people held out, four pictures each, are needed)")
    if weakness := published.manifest.weakness:
        lines.append(f"the daemon refuses it: {weakness}")
    return lines


def as_json(settings: Settings, parts: Parts, outcome: Outcome) -> dict[str, Any]:
    """Everything about a run."""
    published = outcome.published
    return {
        "format": _FORMAT,
        "settings": settings.as_json(),
        "data": parts.name,
        "crops": asdict(parts.crops),
        "faces": {
            "train": len(parts.train),
            "validation": len(parts.validation) if parts.validation else 0,
            "test": len(parts.test) if parts.test else 0,
        },
        "epochs": [asdict(one) for one in outcome.progress.epochs],
        "best_epoch": outcome.progress.best_epoch,
        "measured": asdict(published.measured) if published.measured else None,
        "beside": {name: asdict(one) for name, one in published.beside.items()},
        "calibrated": published.calibration is not None,
        "weakness": published.manifest.weakness,
        "seconds": round(outcome.seconds, 1),
        "processor_seconds": round(outcome.processor_seconds, 1),
        "versions": versions("tensorflow", "keras"),
        "processor": processor(),
    }


def _told(found: measure.Measured) -> str:
    return (
        f"AUC {found.auc:.4f}, EER {100 * found.eer:.1f} %, "
        f"{found.ways}-way one-shot {100 * found.one_shot:.1f} %"
    )


def _sample(material: Material, built: building.Built) -> Array:
    """A few chips as the converted network is given them, RGB 0..255."""
    few = Material(material.faces[:8], material.people[:8])
    rows = np.arange(len(few), dtype=np.int32)
    if not built.base:
        return built.views(few).plain(rows)
    import cv2

    images = [face.load() for face in few.faces]
    small = [cv2.resize(image, (built.size, built.size)) for image in images]
    return np.stack(small)[..., ::-1].astype(np.float32)


def _installed(published: Published) -> Embedder:
    from models.embedders import trained

    return trained.load(f"siamese:{published.manifest.name}")


def _write(settings: Settings, parts: Parts, outcome: Outcome) -> None:
    folder, progress = outcome.folder, outcome.progress
    rows = io.StringIO()
    writer = csv.writer(rows)
    names = [one.name for one in fields(Epoch)]
    writer.writerow(names)
    writer.writerows([getattr(one, name) for name in names] for one in progress.epochs)
    try:
        files.write(folder / "history.csv", rows.getvalue().encode(), mode=None)
        told = json.dumps(as_json(settings, parts, outcome), indent=1)
        files.write(folder / "run.json", told.encode(), mode=None)
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {files.reason(error)}") from error
    title = f"{settings.name}: {settings.tower}, {settings.loss}, {parts.name}"
    curves.plot(folder / "training.png", progress.epochs, progress.best_epoch, title)


def _plot_distances(path: Path, embeddings: Array, people: Rows, name: str) -> None:
    pairs = all_pairs(people)
    apart = measure.distances(embeddings)[pairs.first, pairs.second]
    comparisons = Comparisons(apart, pairs.same, people[pairs.first], people[pairs.second])
    plots.plot_errors(
        path,
        comparisons,
        Ranked(comparisons).curve(),
        title=f"siamese:{name}, people never seen",
        threshold=measure.equal_error_threshold(apart, pairs.same),
    )

"""Measures every embedder that is installed and writes `docs/accuracy.md`, plots and figures."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from models import calibrations, files, zoo
from models.assets.catalogue import AUTO_EMBEDDERS, MODELS
from models.errors import UsageError
from models.evaluation import accuracy_report, folder_plots, workbench
from models.evaluation.accuracy_report import About, Part, Plot, Section
from models.evaluation.folder import Asked, FolderResult
from models.evaluation.folder_report import Json
from models.evaluation.people import People
from models.evaluation.versions import processor, versions
from models.evaluation.workbench import Workbench
from models.types import Embedder, Precision

Load = Callable[[str, Precision | None], Embedder]
Lfw = Callable[[str], Json]
"""Takes an embedder's name, gives the report of LFW's protocol."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """What is to be written, and from what."""

    path: Path
    command: str
    data: str
    people: People
    asked: Asked
    load: Load
    lfw: Lfw | None
    """None without pairs."""
    sections: Callable[[str], tuple[Section, ...]]
    """Takes an embedder's name, gives what else was measured of it."""
    only: str | None
    """The one embedder to measure; None for all that are installed."""
    by_group: Callable[[str], Json | None] = lambda _name: None
    """Takes an embedder's name, gives what each group of people gets."""
    brief: bool = False
    """Without the other precision and without spoilt pictures."""


def check_report_path(path: Path) -> None:
    """Raises UsageError where no report can be written to `path`."""
    if path.suffix.lower() != ".md":
        raise UsageError(f"{path} is no name for a report", "end it with .md")
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} for the report does not exist")


def write_report(bench: Workbench, order: Order) -> tuple[Path, ...]:
    """Everything that was written: the page, and below a folder of its name plots and figures."""
    started = time.perf_counter()
    check_report_path(order.path)
    names, absent = _embedders(order.only)
    parts: list[Part] = []
    results: list[tuple[str, FolderResult]] = []
    flawed: list[tuple[str, FolderResult]] = []
    for name in names:
        part, plain, degraded = _measure(bench, order, name)
        parts.append(part)
        results.append((name, plain))
        flawed += [] if degraded is None else [(name, degraded)]
    folder = order.path.with_suffix("")
    plots = [*folder_plots.plot_all(folder, results)]
    if flawed:
        plots.append(folder / "degraded-error-by-rejected.svg")
        folder_plots.plot_quality(plots[-1], flawed)
    about = _about(order, time.perf_counter() - started)
    page = accuracy_report.markdown(about, parts, _linked(plots, order.path), absent)
    data = json.dumps(accuracy_report.figures(about, parts, absent), indent=1, allow_nan=False)
    _write(order.path, page)
    _write(folder / "figures.json", data + "\n")
    return (order.path, folder / "figures.json", *plots)


def _embedders(only: str | None) -> tuple[list[str], dict[str, str]]:
    """Those to measure, and why the others are not."""
    if only is not None:
        return [zoo.resolve_embedder(only)], {}
    names = [name for name in AUTO_EMBEDDERS if zoo.usable(MODELS[name])]
    absent = {name: _why_absent(name) for name in AUTO_EMBEDDERS if name not in names}
    if not names:
        raise UsageError("no embedder is installed", "run: facelatch models fetch facenet")
    return names, absent


def _why_absent(name: str) -> str:
    """With what its thresholds rest on."""
    origin = calibrations.read(calibrations.SHIPPED / f"{name}-int8.json").provenance
    return f"its weights are not installed here; its thresholds are {origin.kind}: {origin.data}"


def _measure(
    bench: Workbench, order: Order, name: str
) -> tuple[Part, FolderResult, FolderResult | None]:
    default = order.load(name, None)
    if order.brief:
        run = workbench.run_folder(bench, order.people, default, order.asked, data=order.data)
        return _part(order, name, run.report), run.result, None
    both = workbench.run_precisions(
        bench,
        order.people,
        lambda kind: order.load(name, kind),
        order.asked,
        data=order.data,
        default=default.precision,
    )
    quality = Asked(("quality",), (1,), rounds=1)
    degraded = workbench.run_folder(
        bench, order.people, default, quality, data=order.data, protocol="quality", degrade=True
    )
    plain = both.runs[default.precision]
    part = replace(
        _part(order, name, plain.report), precisions=both.report, degraded=degraded.report
    )
    return part, plain.result, degraded.result


def _part(order: Order, name: str, report: Json) -> Part:
    return Part(
        lfw=order.lfw(name) if order.lfw is not None else None,
        folder=report,
        sections=order.sections(name),
        by_group=order.by_group(name),
    )


def _about(order: Order, seconds: float) -> About:
    counts = order.people.counts()
    return About(
        command=order.command,
        data=order.data,
        digest=workbench.data_digest(order.people),
        people=int((counts > 0).sum()),
        pictures=len(order.people.paths),
        date=datetime.now(UTC).date().isoformat(),
        processor=processor(),
        versions=versions("mtcnn", "matplotlib"),
        seconds=seconds,
        peak_mb=workbench.peak_mb(),
    )


def _linked(plots: list[Path], page: Path) -> list[Plot]:
    titles: Mapping[str, str] = folder_plots.titles(plots)
    return [Plot(path.relative_to(page.parent).as_posix(), titles[path.stem]) for path in plots]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {files.reason(error)}") from error

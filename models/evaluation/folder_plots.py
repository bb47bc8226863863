"""Plots of a folder's protocols: small SVG files without anybody's picture in them."""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models import files
from models.errors import UsageError
from models.evaluation.folder import FolderResult, Measured
from models.evaluation.folder_report import protocol_name
from models.evaluation.metrics import Counts
from models.evaluation.plots import deviate
from models.evaluation.trials import BINS, Trials

_GENUINE, _IMPOSTORS = "#2a7f62", "#c8553d"
_COLOURS = ("#27408b", "#c8553d", "#2a7f62", "#8b6508", "#6a3d9a")
_FAR_TICKS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
_FRR_TICKS = (1e-3, 1e-2, 0.05, 0.2, 0.5, 0.8)
_POINTS = 200
_BARS = 80
_DPI = 90

Results = Sequence[tuple[str, FolderResult]]
"""By embedder, in the order of drawing."""
Draw = Callable[..., None]


def check_plots_folder(folder: Path) -> None:
    """Raises UsageError where no plots can be written to `folder`, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {folder}: {files.reason(error)}") from error


def plot_quality(path: Path, results: Results) -> None:
    """Writes errors against the rejected share; raises UsageError where that fails."""
    _save(path, functools.partial(_draw_quality, results=results))


def plot_all(folder: Path, results: Results, *, ending: str = ".svg") -> tuple[Path, ...]:
    """Writes every plot for which there are figures; returns their paths.

    One plot has all embedders, except score histograms, of which each embedder has its own.
    Raises UsageError where one cannot be written.
    """
    check_plots_folder(folder)
    written = []
    for name, result in results:
        for measured in _histogrammed(result):
            part = protocol_name(measured).replace(" ", "-")
            path = folder / f"scores-{name}-{part}{ending}"
            _save(path, functools.partial(_draw_scores, name=name, measured=measured))
            written.append(path)
    drawn: dict[str, tuple[bool, Draw]] = {
        "det": (any(_curves(result) for _, result in results), _draw_det),
        "frr-by-enrolled": (any(len(r.enrolments) > 1 for _, r in results), _draw_enrolled),
        "error-by-rejected": (any(result.quality for _, result in results), _draw_quality),
    }
    for stem, (there, draw) in drawn.items():
        if there:
            path = folder / f"{stem}{ending}"
            _save(path, functools.partial(draw, results=results))
            written.append(path)
    return tuple(written)


def _save(path: Path, draw: Callable[[Any], None]) -> None:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # Text as text and a fixed salt: small files that are the same for the same figures.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "facelatch"}):
        figure = Figure(figsize=(6.4, 4.2), layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure.subplots())
        metadata = {"Date": None, "Creator": None} if path.suffix == ".svg" else None
        try:
            figure.savefig(path, dpi=_DPI, metadata=metadata)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {files.reason(error)}") from error


def _histogrammed(result: FolderResult) -> list[Measured]:
    chosen = [result.all_pairs] if result.all_pairs is not None else []
    return chosen + [one for one in result.enrolments if one.enrolled == 3]


def _draw_scores(axes: Any, name: str, measured: Measured) -> None:
    trials = measured.trials
    edges = np.linspace(0.0, trials.reach, BINS + 1)
    impostors = trials.histogram
    seen = np.flatnonzero(impostors)
    low = min(float(trials.genuine.distances[0]), float(edges[seen[0]]))
    high = max(float(trials.genuine.distances[-1]), float(edges[seen[-1] + 1]))
    bars = np.linspace(low, high, _BARS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    for values, weights, colour, label in (
        (trials.genuine.distances, None, _GENUINE, f"same person ({len(trials.genuine):,})"),
        (middles, impostors, _IMPOSTORS, f"different people ({trials.impostors:,})"),
    ):
        density, _ = np.histogram(values, bars, weights=weights, density=True)
        axes.stairs(density, bars, fill=True, alpha=0.55, color=colour, label=label)
    for rate in measured.rates.rates:
        if rate.asked in (1e-3, 1e-5) and np.isfinite(rate.threshold):
            axes.axvline(rate.threshold, color="black", linewidth=0.8, linestyle="--")
            label = f" FAR {rate.asked:.0e}"
            axes.text(rate.threshold, 0.0, label, fontsize=7, rotation=90, va="bottom", ha="right")
    axes.set(xlabel="distance", ylabel="density", title=f"{name}: {protocol_name(measured)}")
    axes.legend(fontsize=8)


def _curves(result: FolderResult) -> list[Measured]:
    chosen = [result.all_pairs] if result.all_pairs is not None else []
    return chosen + [one for one in result.enrolments if one.enrolled in (1, 3)]


def _draw_det(axes: Any, results: Results) -> None:
    styles = {"all pairs": "-", "3 enrolled": "--", "1 enrolled": ":"}
    for colour, (name, result) in zip(_colours(results), results, strict=True):
        for measured in _curves(result):
            far, frr = thinned(measured.trials, measured.rates.curve.far, measured.rates.curve.frr)
            label = protocol_name(measured)
            axes.plot(
                deviate(far), deviate(frr), styles[label], color=colour, label=f"{name}, {label}"
            )
    for ticks, place in ((_FAR_TICKS, axes.set_xticks), (_FRR_TICKS, axes.set_yticks)):
        place(deviate(np.array(ticks)), [f"{100 * tick:g} %" for tick in ticks])
    axes.set(xlim=deviate(np.array([_FAR_TICKS[0], 0.3])))
    axes.set(ylim=deviate(np.array([_FRR_TICKS[0] / 2, 0.95])))
    axes.set(xlabel="false-accept rate", ylabel="false-reject rate", title="DET")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=7)


def thinned(trials: Trials, far: Counts, frr: Counts) -> tuple[Counts, Counts]:
    """At most some hundred points of a curve, evenly over decades of FAR; rates in (0, 1)."""
    lowest = 1.0 / trials.impostors
    grid = np.geomspace(lowest, 0.5, _POINTS)
    index = np.unique(np.searchsorted(far, grid, side="right") - 1)
    index = index[(far[index] > 0) & (frr[index] > 0) & (frr[index] < 1)]
    return far[index], frr[index]


def _draw_enrolled(axes: Any, results: Results) -> None:
    for colour, (name, result) in zip(_colours(results), results, strict=True):
        for far, style in ((1e-3, "-o"), (1e-4, "--s"), (1e-5, ":^")):
            shown = result.same_people or result.enrolments
            rates = [one.rates.at(far) for one in shown]
            counts = [one.enrolled for one in shown]
            label = f"{name}, FAR {far:.0e}"
            axes.plot(counts, [100 * r.frr for r in rates], style, color=colour, label=label)
    axes.set(xlabel="pictures enrolled", ylabel="false-reject rate, %")
    axes.set_ylim(bottom=0)
    axes.set_xticks(sorted({one.enrolled for _, r in results for one in r.enrolments}))
    axes.set_title("FRR by number of enrolled pictures, the same people and probes")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=7)


def _draw_quality(axes: Any, results: Results) -> None:
    for colour, (name, result) in zip(_colours(results), results, strict=True):
        for (part, steps), style in zip(result.quality, ("-o", "--s"), strict=False):
            shares = [100 * step.rejected for step in steps]
            frr = [100 * step.frr for step in steps]
            axes.plot(shares, frr, style, color=colour, markersize=4, label=f"{name}, {part}")
            low = [100 * step.exact.low for step in steps]
            high = [100 * step.exact.high for step in steps]
            axes.fill_between(shares, low, high, color=colour, alpha=0.1, linewidth=0)
    axes.set(xlabel="pictures of lowest quality rejected, %", ylabel="false-reject rate, %")
    axes.set_title("Errors against the rejected share, threshold of FAR 1e-3 on all")
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=7)


def _colours(results: Results) -> list[str]:
    return [_COLOURS[number % len(_COLOURS)] for number in range(len(results))]


def titles(paths: Sequence[Path]) -> Mapping[str, str]:
    """What each plot shows, by its stem."""
    known = {
        "det": "DET: false rejects against false accepts, on normal-deviate axes",
        "frr-by-enrolled": "False rejects by number of enrolled pictures",
        "degraded-error-by-rejected": "The same for pictures with a webcam's flaws",
        "error-by-rejected": "False rejects against the share of pictures rejected as poor",
    }
    return {path.stem: known.get(path.stem, "Distances: " + path.stem[7:]) for path in paths}

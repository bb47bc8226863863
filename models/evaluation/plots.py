"""Plots of an evaluation: how distances are spread, ROC, and DET on normal-deviate axes."""

from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from models import files
from models.errors import UsageError
from models.evaluation.metrics import Comparisons, Counts, ErrorCurve

PLOT_ENDINGS = (".png", ".svg", ".pdf")

_GENUINE, _IMPOSTORS, _CURVE = "#2a7f62", "#c8553d", "#27408b"
_DET_TICKS = (0.0001, 0.001, 0.01, 0.05, 0.2, 0.5)


def check_plot_path(path: Path) -> None:
    """Raises UsageError where no plot can be written to `path`, before anybody works for it."""
    if path.suffix.lower() not in PLOT_ENDINGS:
        raise UsageError(f"{path} is no name for a plot", f"end it with {', '.join(PLOT_ENDINGS)}")
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} for the plot does not exist")


def plot_errors(
    path: Path, comparisons: Comparisons, curve: ErrorCurve, *, title: str, threshold: float
) -> None:
    """Writes three panels: histograms of distances with `threshold`, ROC, DET.

    The format follows the ending of `path`. Raises UsageError where it cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    check_plot_path(path)
    # Not pyplot: it keeps figures in a global state and asks for a display.
    figure = Figure(figsize=(13, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    spread, roc, det = figure.subplots(1, 3)
    figure.suptitle(title)
    _draw_spread(spread, comparisons, threshold)
    _draw_roc(roc, curve)
    _draw_det(det, curve)
    try:
        figure.savefig(path, dpi=120)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {files.reason(error)}") from error


def _draw_spread(axes: Any, comparisons: Comparisons, threshold: float) -> None:
    finite = np.isfinite(comparisons.distances)
    bins = np.histogram_bin_edges(comparisons.distances[finite], bins=60)
    for same, colour, label in ((True, _GENUINE, "same person"), (False, _IMPOSTORS, "different")):
        chosen = comparisons.distances[finite & (comparisons.same == same)]
        axes.hist(chosen, bins, color=colour, alpha=0.6, label=f"{label} ({chosen.size})")
    axes.axvline(threshold, color="black", linestyle="--", label=f"threshold {threshold:.3f}")
    axes.set(xlabel="distance", ylabel="comparisons", title="Distances")
    axes.margins(y=0.3)  # room for the legend
    axes.legend(fontsize=8, loc="upper left")


def _draw_roc(axes: Any, curve: ErrorCurve) -> None:
    shown = curve.far > 0
    axes.step(curve.far[shown], 1.0 - curve.frr[shown], where="post", color=_CURVE)
    axes.set(xscale="log", xlabel="false-accept rate", ylabel="true-accept rate", title="ROC")
    axes.grid(visible=True, which="both", alpha=0.3)


def _draw_det(axes: Any, curve: ErrorCurve) -> None:
    shown = (curve.far > 0) & (curve.far < 1) & (curve.frr > 0) & (curve.frr < 1)
    axes.plot(deviate(curve.far[shown]), deviate(curve.frr[shown]), color=_CURVE)
    ticks = deviate(np.array(_DET_TICKS))
    labels = [f"{100 * tick:g} %" for tick in _DET_TICKS]
    axes.plot(ticks, ticks, color="grey", linewidth=0.8, linestyle=":")
    axes.set_xticks(ticks, labels)
    axes.set_yticks(ticks, labels)
    axes.set(xlim=ticks[[0, -1]], ylim=ticks[[0, -1]])
    axes.set(xlabel="false-accept rate", ylabel="false-reject rate", title="DET")
    axes.grid(visible=True, alpha=0.3)


def deviate(rates: Counts) -> Counts:
    """Normal deviates, on which the curves of normal scores are straight.

    Martin et al., "The DET curve in assessment of detection task performance", Eurospeech 1997.
    """
    normal = NormalDist()
    return np.array([normal.inv_cdf(float(rate)) for rate in rates])

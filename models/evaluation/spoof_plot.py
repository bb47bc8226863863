"""The DET curve of liveness: APCER of each species against BPCER, on normal-deviate axes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models import files
from models.errors import UsageError
from models.evaluation.plots import check_plot_path, deviate
from models.evaluation.spoof import LIVE, Trial, det, rates

_TICKS = (0.001, 0.01, 0.05, 0.2, 0.5)


def plot_det(path: Path, trials: Sequence[Trial]) -> None:
    """Writes the curves of all species to `path`; raises UsageError where it cannot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    check_plot_path(path)
    figure = Figure(figsize=(5.5, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for rate in rates(trials):
        if rate.species == LIVE:
            continue
        passed, refused = det(trials, rate.species)
        # What was never or always wrong has no deviate: it is drawn at the edge.
        low, high = _TICKS[0], 1 - _TICKS[0]
        axes.plot(
            deviate(passed.clip(low, high)), deviate(refused.clip(low, high)), label=rate.species
        )
    ticks = [float(tick) for tick in deviate(np.array(_TICKS))]
    labels = [f"{100 * tick:g} %" for tick in _TICKS]
    axes.set_xticks(ticks, labels)
    axes.set_yticks(ticks, labels)
    axes.set(xlim=(ticks[0] - 0.1, ticks[-1]), ylim=(ticks[0] - 0.1, ticks[-1]))
    axes.set(xlabel="APCER", ylabel="BPCER", title="DET of liveness")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=8)
    try:
        figure.savefig(path, dpi=120)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {files.reason(error)}") from error

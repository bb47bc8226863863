"""The plot of one-shot prediction: whom everybody's pictures are taken for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models import files
from models.errors import UsageError
from models.evaluation.plots import check_plot_path
from models.training.oneshot import Predicted

_SIDE = 4.6  # inches of a panel
_LIGHT_ON_DARK = 0.55


def plot(path: Path, found: Sequence[Predicted], names: Sequence[str], title: str) -> None:
    """Writes it, format by the ending; `names` in the order of the predictions' rows.

    Raises UsageError where it cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    check_plot_path(path)
    figure = Figure(figsize=(_SIDE * len(found) + 1, _SIDE + 1.8), layout="compressed")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    panels = figure.subplots(1, len(found), squeeze=False, sharey=True)[0]
    for axes, one in zip(panels, found, strict=True):
        _draw(axes, one, names)
    figure.supylabel("pictures of")
    figure.supxlabel("taken for")
    try:
        figure.savefig(path, dpi=110)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {files.reason(error)}") from error


def _draw(axes: Any, found: Predicted, names: Sequence[str]) -> None:
    axes.imshow(found.named, vmin=0.0, vmax=1.0, cmap="Blues")
    numbers = range(len(names))
    axes.set_xticks(numbers, names, rotation=40, ha="right")
    axes.set_yticks(numbers, names)
    axes.set(title=f"{found.embedder}: {100 * found.right.mean():.0f} % right")
    for row in numbers:
        for column in numbers:
            share = float(found.named[row, column])
            colour = "white" if share > _LIGHT_ON_DARK else "black"
            axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color=colour)

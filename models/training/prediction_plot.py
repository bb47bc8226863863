"""The plot of a prediction: the picture beside everybody's distance and the threshold."""

from collections.abc import Sequence
from pathlib import Path

from models import files
from models.errors import UsageError
from models.evaluation.plots import check_plot_path
from models.training.references import Ranked
from models.types import Image

_NEAR, _FAR, _LINE = "#2a7f62", "#8a97a5", "#c8553d"
_MOST_BARS = 30


def plot(path: Path, chip: Image, people: Sequence[Ranked], threshold: float, title: str) -> None:
    """Writes it, format by the ending; raises UsageError where it cannot be written."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    check_plot_path(path)
    shown = list(people)[:_MOST_BARS][::-1]
    figure = Figure(figsize=(9, max(2.5, 0.35 * len(shown) + 1.4)), layout="constrained")
    FigureCanvasAgg(figure)
    face, bars = figure.subplots(1, 2, width_ratios=(1, 3))
    figure.suptitle(title)
    face.imshow(chip[..., ::-1])
    face.axis("off")
    colours = [_NEAR if one.distance <= threshold else _FAR for one in shown]
    bars.barh([one.name for one in shown], [one.distance for one in shown], color=colours)
    bars.axvline(threshold, color=_LINE, linestyle="--", label=f"threshold {threshold:.3f}")
    bars.set(xlabel="distance")
    bars.legend(fontsize=8, loc="lower right")
    try:
        figure.savefig(path, dpi=110)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {files.reason(error)}") from error

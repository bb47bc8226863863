"""The figure of a run: loss and accuracy by epoch, of training and of people held out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models import files
from models.errors import UsageError
from models.training.loop import Epoch

_TRAINING, _HELD_OUT, _BEST = "#27408b", "#c8553d", "#777777"


def plot(path: Path, epochs: Sequence[Epoch], best: int, title: str) -> None:
    """Writes the figure, format by the ending; raises UsageError where it cannot be written."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    FigureCanvasAgg(figure)
    loss, accuracy = figure.subplots(1, 2)
    figure.suptitle(title)
    _draw(loss, "loss", epochs, ("loss", "validation_loss"), best)
    _draw(accuracy, "accuracy", epochs, ("accuracy", "validation_accuracy"), best)
    if epochs and epochs[0].validation_auc is not None:
        numbers = [one.epoch for one in epochs]
        auc = [one.validation_auc for one in epochs]
        accuracy.plot(numbers, auc, ":", color=_HELD_OUT, label="AUC, people held out")
    accuracy.legend(fontsize=8, loc="lower right")
    try:
        figure.savefig(path, dpi=120)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {files.reason(error)}") from error


def _draw(axes: Any, what: str, epochs: Sequence[Epoch], names: tuple[str, str], best: int) -> None:
    numbers = [one.epoch for one in epochs]
    axes.plot(
        numbers, [getattr(one, names[0]) for one in epochs], color=_TRAINING, label="training"
    )
    held_out = [getattr(one, names[1]) for one in epochs]
    if held_out and held_out[0] is not None:
        axes.plot(numbers, held_out, color=_HELD_OUT, label="people held out")
    axes.axvline(best, color=_BEST, linestyle="--", linewidth=1, label=f"kept: epoch {best}")
    axes.set(xlabel="epoch", ylabel=what, title=what.capitalize())
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=8)

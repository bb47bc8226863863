"""Plots are written where they can be, and refused before the work where they cannot."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import UsageError
from models.evaluation.metrics import Comparisons, Ranked
from models.evaluation.plots import check_plot_path, plot_errors


def comparisons() -> Comparisons:
    rng = np.random.default_rng(0)
    distances = np.concatenate([rng.normal(0.4, 0.1, 200), rng.normal(0.8, 0.1, 200), [np.inf]])
    numbers = np.zeros(401, dtype=np.int32)
    return Comparisons(distances.astype(np.float32), np.arange(401) < 200, numbers, numbers)


def test_three_panels_are_drawn(tmp_path: Path) -> None:
    path = tmp_path / "errors.png"
    data = comparisons()
    plot_errors(path, data, Ranked(data).curve(), title="resnet", threshold=0.6)
    image = cv2.imread(str(path))
    assert image is not None
    assert image.shape[1] > 2 * image.shape[0] > 400
    # Every third holds more than axes: colour.
    for third in np.array_split(image, 3, axis=1):
        colourful = third.max(axis=2).astype(int) - third.min(axis=2) > 60
        assert colourful.sum() > 100


def test_curves_without_an_error_are_drawn(tmp_path: Path) -> None:
    data = Comparisons(
        np.array([0.1, 0.9], dtype=np.float32),
        np.array([True, False]),
        np.zeros(2, dtype=np.int32),
        np.zeros(2, dtype=np.int32),
    )
    path = tmp_path / "errors.svg"
    plot_errors(path, data, Ranked(data).curve(), title="perfect", threshold=0.5)
    assert path.read_text().count("<svg") == 1


def test_paths_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no name for a plot"):
        check_plot_path(tmp_path / "errors.txt")
    with pytest.raises(UsageError, match="does not exist"):
        check_plot_path(tmp_path / "none" / "errors.png")
    check_plot_path(tmp_path / "errors.PDF")

"""What an evaluation prints: the keys that others rely on, and nothing that JSON cannot hold."""

import json

import numpy as np
import pytest

from models.evaluation import lfw
from models.evaluation.metrics import Comparisons
from models.evaluation.report import Setup, lfw_json, lfw_rows, rate_key


def result(genuine: list[float], impostors: list[float]) -> lfw.LfwResult:
    """Two folds: the even comparisons and the odd ones."""
    distances = np.array([*genuine, *impostors], dtype=np.float32)
    same = np.arange(distances.size) < len(genuine)
    first = np.arange(distances.size, dtype=np.int32) % 7
    second = np.where(same, first, (first + 1) % 7).astype(np.int32)
    comparisons = Comparisons(distances, same, first, second)
    numbers = np.arange(distances.size, dtype=np.int32)
    folds = (numbers[::2], numbers[1::2])
    return lfw.evaluate(comparisons, folds, own_threshold=0.5, rounds=20)


SETUP = Setup(
    embedder="resnet",
    model_id="resnet:0123",
    precision="int8",
    own_threshold=0.5,
    detector="mtcnn",
    min_face=40,
    images=2000,
    missing=1,
    unreadable=2,
    undetected=3,
    pairs_left_out=4,
    folds_cut=True,
    from_cache=5,
    seconds=1.26,
    versions={"python": "3"},
)


def test_the_keys_that_were_promised() -> None:
    report = lfw_json(result([0.1, 0.2, 0.3, 0.6], [0.5, 0.7, 0.8, 0.9]), SETUP)
    assert report["accuracy"] == pytest.approx(0.75, abs=0.3)
    assert report["eer"] == pytest.approx(0.25)
    assert set(report["frr_at_far"]) == {"0.01", "0.001"}
    assert report["frr_at_far"]["0.01"] == pytest.approx(0.25)
    assert report["pairs"] == 8
    assert report["undetected"] == 3
    assert (report["embedder"], report["detector"]) == ("resnet", "mtcnn")
    assert {"accuracy_std", "threshold", "precision", "model_id", "intervals"} <= set(report)


def test_hopeless_figures_are_json_too() -> None:
    # The nearest comparison is an impostor: no threshold reaches the rate.
    report = lfw_json(result([0.5, 0.6, np.inf], [0.1, 0.2, np.inf]), SETUP)
    text = json.dumps(report, allow_nan=False)
    assert json.loads(text)["intervals"]["frr_at_far"]["0.001"]["threshold"] is None
    assert report["frr_at_far"]["0.001"] == 1.0


def test_nothing_left_out_goes_unsaid() -> None:
    rows = lfw_rows(lfw_json(result([0.1, 0.2], [0.5, 0.7]), SETUP))
    text = " ".join(f"{row['figure']} {row['value']} {row['remark']}" for row in rows)
    assert "3 without a detected face (0.15 %): the middle was used" in text
    assert "1 missing, 2 unreadable" in text
    assert "4 pairs left out" in text
    assert "cut from one" in text
    assert "too few impostors" in text
    assert "resnet (int8)" in text


@pytest.mark.parametrize(
    ("rate", "key"), [(0.01, "0.01"), (0.001, "0.001"), (1e-6, "0.000001"), (1.0, "1")]
)
def test_keys_of_rates(rate: float, key: str) -> None:
    assert rate_key(rate) == key

"""int8 beside float32: the bar is kept or not, and the interval draws the same people."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.evaluation import folder
from models.evaluation.collect import Collection, Progress
from models.evaluation.folder import Asked, FolderResult, Pictures
from models.evaluation.people import People
from models.evaluation.precision import compare, precision_json, precision_rows
from models.types import Array
from tests.models.evaluation.crowd import crowd


@contextlib.contextmanager
def silent(_what: str) -> Iterator[Progress]:
    yield lambda _done, _total: None


def measured(embeddings: Array) -> FolderResult:
    _, person = crowd(people=40, pictures=5)
    paths = tuple(Path(f"{number}.jpg") for number in range(person.size))
    names = tuple(f"P{number}" for number in range(40))
    ones = np.ones(person.size, dtype=np.float32)
    collection = Collection(paths, embeddings, ones > 0, ones, (), 0, 0.0)
    pictures = Pictures.of(People(names, paths, person, 0), collection)
    asked = Asked(("all-pairs", "enrolment"), (1, 3), rounds=100)
    return folder.evaluate(pictures, "cosine", asked, silent)


@pytest.mark.parametrize(("noise", "within"), [(0.0, True), (1.0, False)])
def test_the_bar(noise: float, within: bool) -> None:
    exact, _ = crowd(people=40, pictures=5, spread=0.8)
    rough = exact + noise * np.random.default_rng(0).normal(size=exact.shape).astype(np.float32)
    differences = compare(measured(exact), measured(rough))
    assert [one.protocol for one in differences] == ["all pairs", "3 enrolled"]
    for one in differences:
        assert one.people is not None
        assert one.people.low <= one.lost <= one.people.high
        assert (one.lost > 0.1) == (not within)
        assert (one.people.low > 0.0) == (not within)
    about = {"embedder": "made-up", "model_id": "made-up:0"}
    report = precision_json(differences, {"int8": about, "float32": about}, "int8")
    assert report["within"] is within
    words = {str(row["within 0.2"]) for row in precision_rows(report)}
    assert words == ({"yes"} if within else {"NO: int8 is worse"})

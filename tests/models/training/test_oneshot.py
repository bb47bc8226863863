"""One-shot prediction: whom each picture is taken for, by distances that are known."""

from pathlib import Path

import numpy as np
import pytest

from models.errors import UsageError
from models.training import material, oneshot, oneshot_plot
from models.training.oneshot import Predicted
from models.types import Array
from tests.models.training import toys
from tests.models.training.test_references import Patterns

WHO = np.array([0, 0, 0, 1, 1, 1], np.int32)


def predicted(between: Array, threshold: float = 0.5) -> Predicted:
    rng = np.random.default_rng(0)
    return oneshot.of_distances(between, WHO, rng, embedder="toy", threshold=threshold)


def test_near_ones_are_named_and_within_the_threshold() -> None:
    between = np.where(WHO[:, None] == WHO, 0.2, 0.9).astype(np.float32)
    found = predicted(between)
    assert found.named.tolist() == [[1, 0], [0, 1]]
    assert (found.within, found.false) == (1.0, 0.0)
    assert (found.own, found.others) == pytest.approx((0.2, 0.9))


def test_a_right_name_beyond_the_threshold_is_not_within() -> None:
    between = np.where(WHO[:, None] == WHO, 0.7, 0.9).astype(np.float32)
    found = predicted(between)
    assert found.right.tolist() == [1.0, 1.0]
    assert (found.within, found.false) == (0.0, 0.0)


def test_whoever_is_nearer_to_somebody_else_is_named_wrongly() -> None:
    between = np.where(WHO[:, None] == WHO, 0.9, 0.2).astype(np.float32)
    found = predicted(between)
    assert found.named.tolist() == [[0, 1], [1, 0]]
    assert found.false == 1.0


def test_a_picture_is_never_its_own_reference() -> None:
    between = np.full((6, 6), 0.5, np.float32)
    np.fill_diagonal(between, 0.0)
    between[WHO[:, None] == WHO] += 0.1
    assert predicted(between).right.tolist() == [0.0, 0.0]


def test_real_pictures_are_told_apart_and_those_trained_on_stand_first() -> None:
    pictures = toys.sources(3, 2)
    faces, _ = material.of_pictures(pictures, toys.OneFace())
    people = oneshot.people_of(faces, pictures, first=("p01",))
    assert people.names == ("p01", "p00", "p02")
    assert people.counts.tolist() == [2, 2, 2]
    found = oneshot.predict(people, Patterns(), seed=0)
    assert found.right.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("people", "each"), [(1, 3), (3, 1)])
def test_too_few_are_refused(people: int, each: int) -> None:
    pictures = toys.sources(people, each)
    faces, _ = material.of_pictures(pictures, toys.OneFace())
    with pytest.raises(UsageError, match="two people"):
        oneshot.people_of(faces, pictures)


def test_the_plot_is_drawn(tmp_path: Path) -> None:
    found = predicted(np.where(WHO[:, None] == WHO, 0.2, 0.9).astype(np.float32))
    oneshot_plot.plot(tmp_path / "p.png", [found, found], ("a", "b"), "title")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UsageError):
        oneshot_plot.plot(tmp_path / "p.txt", [found], ("a", "b"), "title")

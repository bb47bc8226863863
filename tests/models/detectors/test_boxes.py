"""Arithmetic on many boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.detectors.boxes import Overlap, overlaps, regress, squares, strongest, suppress
from models.geometry import iou
from models.types import Array, Box

coordinates = st.floats(-500, 500, width=32, allow_subnormal=False).map(lambda side: round(side, 2))
many_boxes = hnp.arrays(np.float32, st.tuples(st.integers(0, 30), st.just(4)), elements=coordinates)


@given(many_boxes)
def test_overlap_is_intersection_over_union(boxes: Array) -> None:
    boxes = np.hstack([boxes[:, :2], boxes[:, :2] + np.abs(boxes[:, 2:])])
    found = overlaps(boxes, "union")
    expected = [[iou(Box(*a), Box(*b)) for b in boxes.tolist()] for a in boxes.tolist()]
    assert found == pytest.approx(np.reshape(expected, found.shape), abs=1e-3)


@given(many_boxes, st.sampled_from(["union", "smaller"]))
def test_overlaps_are_shares_whatever_the_boxes(boxes: Array, measure: Overlap) -> None:
    found = overlaps(boxes, measure)
    assert found.shape == (len(boxes), len(boxes))
    assert ((found >= 0) & (found <= 1 + 1e-4)).all()


def test_a_box_inside_another_overlaps_it_wholly_by_the_smaller_measure() -> None:
    boxes = np.array([[0, 0, 100, 100], [10, 10, 20, 20]], dtype=np.float32)
    assert overlaps(boxes, "smaller")[0, 1] == pytest.approx(1.0)
    assert overlaps(boxes, "union")[0, 1] == pytest.approx(0.01)


@given(many_boxes, st.floats(0.1, 0.9))
def test_what_is_kept_overlaps_nothing_better(boxes: Array, most: float) -> None:
    scores = np.linspace(0.1, 0.9, len(boxes), dtype=np.float32)
    kept = suppress(boxes, scores, most_overlap=most, measure="union")
    assert (np.diff(scores[kept]) < 0).all()
    shares = overlaps(boxes, "union")
    for index in range(len(boxes)):
        better = np.flatnonzero(scores > scores[index])
        assert (index in kept) == (not (shares[index, better] > most).any())


def test_a_suppressed_box_still_suppresses() -> None:
    boxes = np.array([[0, 0, 100, 10], [40, 0, 140, 10], [80, 0, 180, 10]], dtype=np.float32)
    scores = np.array([0.9, 0.8, 0.7], dtype=np.float32)
    kept = suppress(boxes, scores, most_overlap=0.4, measure="union")
    assert kept.tolist() == [0]


@given(st.lists(st.floats(0, 1, width=32), max_size=40), st.integers(1, 20))
def test_the_strongest_are_the_best(values: list[float], most: int) -> None:
    scores = np.array(values, dtype=np.float32)
    chosen = strongest(scores, most)
    assert sorted(scores[chosen].tolist()) == sorted(values)[-most:]
    assert len(set(chosen.tolist())) == min(len(values), most)


def test_offsets_count_in_the_boxs_own_size() -> None:
    box = np.array([[10, 20, 29, 59]], dtype=np.float32)
    offsets = np.array([[0.1, -0.1, 0.5, 0.25]], dtype=np.float32)
    assert regress(box, offsets).tolist() == [pytest.approx([12, 16, 39, 69])]


@given(many_boxes)
def test_squares_keep_the_centre_and_the_longer_side(boxes: Array) -> None:
    boxes = np.hstack([boxes[:, :2], boxes[:, :2] + np.abs(boxes[:, 2:])])
    found = squares(boxes)
    sides = boxes[:, 2:] - boxes[:, :2]
    assert found[:, :2] + found[:, 2:] == pytest.approx(boxes[:, :2] + boxes[:, 2:], abs=1e-2)
    longest = sides.max(axis=1, initial=0)
    assert found[:, 2:] - found[:, :2] == pytest.approx(np.stack([longest] * 2, 1), abs=1e-2)

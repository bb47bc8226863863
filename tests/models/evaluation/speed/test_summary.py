"""Medians, percentiles and counts."""

import pytest

from models.errors import UsageError
from models.evaluation.speed.summary import Lap, summarise, timing


def test_median_and_p95() -> None:
    summary = summarise([float(value) for value in range(1, 102)])
    assert summary.median == 51.0
    assert summary.p95 == 96.0
    assert summarise([7.0]).p95 == 7.0
    assert summarise([1.0, 1.0, 7.0]).mean == 3.0


def test_followed_frames_are_timed_apart_and_so_are_those_that_were_embedded() -> None:
    laps = [
        Lap({}, 9.0, 1),
        Lap({}, 3.0, 1, tracked=True),
        Lap({}, 1.0, 1, tracked=True, embedded=False),
    ]
    found = timing(laps)
    assert found.tracked_ms == summarise([3.0, 1.0])
    assert found.embedded_ms == summarise([3.0])
    assert timing(laps[:1]).tracked_ms is None
    assert timing(laps[:1]).embedded_ms is None


def test_nothing_timed_is_refused() -> None:
    with pytest.raises(UsageError):
        timing([])


def test_frames_without_a_face_count_but_not_for_the_stages_they_missed() -> None:
    laps = [
        Lap({"detect": 2.0, "embed": 4.0}, 6.0, 1),
        Lap({"detect": 4.0}, 4.0, 0),
        Lap({"detect": 3.0, "embed": 8.0}, 11.0, 2),
    ]
    result = timing(laps)
    assert result.frames == 3
    assert result.found == 2
    assert result.frame_ms.median == 6.0
    assert result.stages_ms["detect"].median == 3.0
    assert result.stages_ms["embed"].median == 6.0

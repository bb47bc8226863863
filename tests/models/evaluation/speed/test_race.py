"""Contestants take turns on the same frames; one that cannot run says why and stops nobody."""

import sys
from collections.abc import Mapping

import pytest

from models.errors import NotInstalledError, UsageError
from models.evaluation.speed import contestants, race
from models.evaluation.speed.race import WARM_UP, ContestantError, Entry, ProcessRacer
from models.evaluation.speed.summary import Lap


class Recorded:
    """Writes down when it was its turn."""

    facts: Mapping[str, str] = {}

    def __init__(self, name: str, log: list[tuple[str, int]]) -> None:
        self._name, self._log = name, log

    def lap(self, index: int) -> Lap:
        self._log.append((self._name, index))
        return Lap({"detect": 1.0}, float(index), 1)


def test_turns_alternate_and_the_warm_up_does_not_count() -> None:
    log: list[tuple[str, int]] = []
    laps = race.race({name: Recorded(name, log) for name in "abc"}, 5)
    total = WARM_UP + 5
    assert log == [(name, index) for index in range(total) for name in "abc"]
    assert laps.problems == {}
    assert [lap.total_ms for lap in laps.finished["b"]] == [float(i) for i in range(WARM_UP, total)]


def test_one_that_dies_on_the_way_stops_nobody_else() -> None:
    class Dying(Recorded):
        def lap(self, index: int) -> Lap:
            if index == WARM_UP + 1:
                raise ContestantError("b died")
            return super().lap(index)

    log: list[tuple[str, int]] = []
    laps = race.race({"a": Recorded("a", log), "b": Dying("b", log), "c": Recorded("c", log)}, 4)
    assert {label: len(done) for label, done in laps.finished.items()} == {"a": 4, "c": 4}
    assert laps.problems == {"b": "b died"}
    assert ("b", WARM_UP + 2) not in log


def test_progress_reaches_the_end() -> None:
    seen: list[tuple[int, int]] = []
    race.race({"a": Recorded("a", [])}, 3, progress=lambda *at: seen.append(at))
    assert seen[-1] == (WARM_UP + 3, WARM_UP + 3)


def test_a_race_needs_somebody_and_something() -> None:
    with pytest.raises(UsageError):
        race.race({}, 5)
    with pytest.raises(UsageError):
        race.race({"a": Recorded("a", [])}, 0)


def test_a_contestant_that_cannot_start_is_named_with_its_reason() -> None:
    options = {"embedder": "nobody", "detector": "mtcnn", "precision": None, "min_face": 60}
    results = race.run([Entry("ours", "facelatch", options)], 1)
    assert results["ours"].timing is None
    assert "nobody" in results["ours"].problem


def test_a_process_that_dies_says_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ContestantError, match="ours died; it said nothing"):
        ProcessRacer(Entry("ours", "facelatch", {}))


def test_a_process_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race, "_PREPARE_S", 0.2)
    monkeypatch.setattr(sys, "executable", "/bin/cat")
    with pytest.raises(ContestantError):
        ProcessRacer(Entry("ours", "facelatch", {}))


def test_howdys_pipeline_runs_in_its_process() -> None:
    pytest.importorskip("dlib", reason="dlib-bin is not installed")
    results = race.run([Entry("howdy", "howdy", {"max_height": 320})], 2)
    timing = results["howdy"].timing
    assert timing is not None, results["howdy"].problem
    assert timing.found == timing.frames == 2
    assert set(timing.stages_ms) == {"detect", "align", "embed", "decide"}
    assert timing.frame_ms.median >= timing.stages_ms["embed"].median
    assert results["howdy"].facts["max_height"] == "320"


def test_what_is_missing_says_how_to_get_it() -> None:
    with pytest.raises(NotInstalledError, match="pip install such-a-thing"):
        contestants._import("no_such_module_anywhere", "such-a-thing")


def test_every_library_is_told_one_thread() -> None:
    environment = contestants.one_thread_environment()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        assert environment[name] == "1"

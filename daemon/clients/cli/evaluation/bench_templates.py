"""The store at work: how long opening, matching and identifying take with many people in it."""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from daemon.clients.cli.evaluation.gallery import Gallery
from daemon.clients.cli.output import Reporter
from enroll.store.store import TemplateStore
from enroll.template import Appearance, Person, now
from models.scoring.matching import distances
from models.types import Embedding

_MODEL = "bench:0"
_PICTURES = 10
_DIMENSION = 512
"""FaceNet's, the largest of the embedders."""
_RUNS = 200
_Taken = tuple[float, float]
"""Milliseconds by the clock, and of the processor."""
_MOST_MS = {"open one user": 5.0, "match one user": 0.1, "identify among all": 5.0}


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one kind of work. `most` is what it may take, None where nobody said."""

    work: str
    median: float
    worst: float
    processor: float
    """Median of the processor's time alone: what a busy machine does not change."""
    most: float | None

    def row(self) -> dict[str, Any]:
        """By column, times in milliseconds."""
        return {
            "work": self.work,
            "median ms": round(self.median, 3),
            "95th percentile ms": round(self.worst, 3),
            "processor ms": round(self.processor, 3),
            "may take ms": self.most,
        }


def measure(users: int, appearances: int, report: Reporter) -> list[Timing]:
    """Fills a store in a folder of its own, which goes afterwards, and times it."""
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(prefix="facelatch-bench-") as folder:
        store = TemplateStore(Path(folder) / "templates")
        probes = []
        writing = []
        for number in range(users):
            person, probe = _made_up(number, appearances, random)
            writing.append(_taken(partial(store.save, person)))
            probes.append((person.name, probe))
            if number % 100 == 0:
                report(f"{number} of {users} people enrolled")
        timings = [_timing("write one user", writing)]
        return timings + _reading(store, probes, random)


def _reading(
    store: TemplateStore, probes: list[tuple[str, Embedding]], random: np.random.Generator
) -> list[Timing]:
    chosen = [probes[int(n)] for n in random.integers(0, len(probes), _RUNS)]
    loaded = [(store.load(name), probe) for name, probe in chosen]
    opening = _timed(lambda n: store.load(chosen[n][0]))
    # As the recogniser matches: every appearance of the one person.
    own = [
        np.stack([appearance.template for appearance in person.appearances]) for person, _ in loaded
    ]
    matching = _timed(lambda n: distances(chosen[n][1], own[n], "cosine"))
    everybody = Gallery((store.load(name) for name, _ in probes), _MODEL)
    for name, probe in chosen:
        found = everybody.nearest(probe, "cosine")
        if found is None or found.name != name:
            raise AssertionError("somebody else was found")
    identifying = _timed(lambda n: everybody.nearest(chosen[n][1], "cosine"))
    return [
        _timing("open one user", opening),
        _timing("match one user", matching),
        _timing("identify among all", identifying),
    ]


def _made_up(
    number: int, appearances: int, random: np.random.Generator
) -> tuple[Person, Embedding]:
    """Somebody who is like nobody else, and a face of theirs."""
    centre = random.normal(size=_DIMENSION)
    noise = 0.3 * random.normal(size=(appearances + 1, _PICTURES, _DIMENSION))
    rows = (centre + noise).astype(np.float32)
    found = tuple(
        Appearance(f"appearance {n + 1}", now(), _MODEL, "cosine", rows[n], 0.9)
        for n in range(appearances)
    )
    return Person(f"user{number}", found), rows[appearances, 0]


def _timed(work: Callable[[int], object]) -> list[_Taken]:
    return [_taken(partial(work, number)) for number in range(_RUNS)]


def _taken(work: Callable[[], object]) -> _Taken:
    started, processor = time.perf_counter(), time.process_time()
    work()
    used = time.process_time() - processor
    return (time.perf_counter() - started) * 1e3, used * 1e3


def _timing(work: str, taken: list[_Taken]) -> Timing:
    wall = sorted(one for one, _ in taken)
    return Timing(
        work,
        statistics.median(wall),
        wall[int(0.95 * (len(wall) - 1))],
        statistics.median(used for _, used in taken),
        _MOST_MS.get(work),
    )

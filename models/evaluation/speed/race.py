"""Runs the contestants in turn, A B C A B C, so that whatever slows the machine hits all alike."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Protocol, Self, cast

from models.errors import FacelatchError, UsageError
from models.evaluation.speed.contestants import Options, one_thread_environment
from models.evaluation.speed.summary import Lap, Timing, timing

WARM_UP = 4
"""Laps before counting: caches fill, networks are traced, the face is found."""

_PREPARE_S = 180.0
_LAP_S = 30.0
_LONGEST_ANSWER = 1_000_000
_LAST_WORDS = 300


class ContestantError(FacelatchError):
    """A contestant cannot run on this machine, or died; `message` says why."""


class Racer(Protocol):
    """Runs a lap on the frame of a given number."""

    @property
    def facts(self) -> Mapping[str, str]:
        """What runs, for the report: models, settings, versions."""
        ...

    def lap(self, index: int) -> Lap:
        """Times frame `index`; raises ContestantError."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """Who takes part: a name for the report, a contestant, its options."""

    label: str
    contestant: str
    options: Options


@dataclass(frozen=True, slots=True)
class Result:
    """One contestant's figures, or why there are none."""

    label: str
    timing: Timing | None
    facts: Mapping[str, str]
    problem: str = ""


class ProcessRacer:
    """A contestant in a process of its own, one thread; raises ContestantError."""

    def __init__(self, entry: Entry) -> None:
        self._label = entry.label
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-P",  # the folder somebody stands in must not replace our modules
                "-m",
                "models.evaluation.speed.worker",
                entry.contestant,
                json.dumps(dict(entry.options)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=one_thread_environment(),
        )
        # Asked for above, so neither is None.
        self._questions = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        try:
            self._facts: Mapping[str, str] = self._answer(_PREPARE_S)["facts"]
        except BaseException:
            self.close()
            raise

    @property
    def facts(self) -> Mapping[str, str]:
        """What the contestant in the process said of itself when it was ready."""
        return self._facts

    def lap(self, index: int) -> Lap:
        """Times frame `index`; raises ContestantError."""
        try:
            self._questions.write(b"%d\n" % index)
            self._questions.flush()
        except OSError as error:
            raise ContestantError(f"{self._label} died; {self._last_words()}") from error
        answer = self._answer(_LAP_S)
        return Lap(
            answer["stages_ms"],
            answer["total_ms"],
            answer["faces"],
            tracked=answer["tracked"],
            embedded=answer["embedded"],
            processor_ms=answer["processor_ms"],
        )

    def close(self) -> None:
        """Ends the process."""
        for stream in (self._questions, self._answers):
            with contextlib.suppress(OSError):
                stream.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self, patience: float) -> dict[str, Any]:
        line = self._line(patience)
        try:
            answer: dict[str, Any] = json.loads(line)
        except ValueError:
            raise ContestantError(f"{self._label} died; {self._last_words()}") from None
        if "error" in answer:
            raise ContestantError(str(answer["error"]))
        return answer

    def _line(self, patience: float) -> bytes:
        descriptor = self._answers.fileno()
        line, deadline = b"", time.monotonic() + patience
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while not line.endswith(b"\n") and len(line) < _LONGEST_ANSWER:
                if not selector.select(max(deadline - time.monotonic(), 0.0)):
                    raise ContestantError(f"{self._label} did not answer within {patience:g} s")
                part = os.read(descriptor, 65536)
                if not part:
                    break
                line += part
        return line

    def _last_words(self) -> str:
        self._log.seek(0)
        text = " ".join(self._log.read().decode(errors="replace").split())
        return text[-_LAST_WORDS:] or "it said nothing"


@dataclass(frozen=True, slots=True)
class Laps:
    """Laps by label, and why those gave up who did not finish."""

    finished: Mapping[str, Sequence[Lap]]
    problems: Mapping[str, str]


def race(
    racers: Mapping[str, Racer],
    frames: int,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Laps:
    """`frames` (>= 1) laps each, after a warm-up, in turn on the same frames.

    Who dies on the way is out, and stops nobody else. Raises UsageError where there is nothing
    to race.
    """
    if not racers or frames < 1:
        raise UsageError("a race needs a contestant and a frame")
    laps: dict[str, list[Lap]] = {label: [] for label in racers}
    problems: dict[str, str] = {}
    for index in range(WARM_UP + frames):
        for label in list(laps):
            try:
                lap = racers[label].lap(index)
            except ContestantError as error:
                problems[label] = str(error)
                del laps[label]
                continue
            if index >= WARM_UP:
                laps[label].append(lap)
        if progress is not None:
            progress(index + 1, WARM_UP + frames)
    return Laps(laps, problems)


def run(
    entries: Sequence[Entry],
    frames: int,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Result]:
    """Starts every entry, races those that start, and says why the others have no figures."""
    with contextlib.ExitStack() as stack:
        racers: dict[str, ProcessRacer] = {}
        problems: dict[str, str] = {}
        for entry in entries:
            try:
                racers[entry.label] = stack.enter_context(ProcessRacer(entry))
            except ContestantError as error:
                problems[entry.label] = str(error)
        raced = race(racers, frames, progress=progress) if racers else Laps({}, {})
        problems |= raced.problems
        return {
            entry.label: Result(
                entry.label,
                timing(raced.finished[entry.label]) if entry.label in raced.finished else None,
                racers[entry.label].facts if entry.label in racers else {},
                problems.get(entry.label, ""),
            )
            for entry in entries
        }

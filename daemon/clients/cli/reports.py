"""How `watch` and `demo` tell what happens: sentences for people, JSON lines for programs."""

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from daemon.clients import words
from daemon.clients.cli import surety
from daemon.foreground.hook import HookResult
from daemon.foreground.presence import Arrived, Left
from models.errors import FacelatchError

if TYPE_CHECKING:
    from daemon.clients.cli.session import Session
    from daemon.foreground.runner import Moment, Totals
    from enroll.template import Person
    from models.scoring.calibration import Criterion


class Reporter(Protocol):
    """Told everything that a run does."""

    def started(
        self, people: "Sequence[Person]", models: "Session", criterion: "Criterion"
    ) -> None:
        """Watching for `people` begins, with these models and as sure as `criterion`."""

    def event(self, moment: "Moment") -> None:
        """Somebody arrived, left, or was not recognised."""

    def lost(self, error: FacelatchError) -> None:
        """The camera is gone and will be tried again."""

    def scene(self, time: float, word: str) -> None:
        """Something is wrong with the picture, since some seconds: a word of guidance."""

    def hook(self, result: HookResult) -> None:
        """The hook ended, by itself or because its time was over."""

    def stopped(self, totals: "Totals") -> None:
        """Watching ended; `totals` are of all its frames."""


def reporter(as_json: bool) -> Reporter:
    """The one the person asked for."""
    return JsonReporter() if as_json else TextReporter()


class TextReporter:
    """One sentence an event, with the time on the source's clock."""

    def started(
        self, people: "Sequence[Person]", models: "Session", criterion: "Criterion"
    ) -> None:
        """Who is watched for, with which models and threshold."""
        names = ", ".join(person.name for person in people)
        print(
            f"watching for {names} [{models.embedder.name} {models.embedder.precision}, "
            f"{models.detector_name}, threshold {criterion.threshold:.3f}; "
            f"{surety.sentence(surety.to_json(criterion))}]; Ctrl-C stops",
            flush=True,
        )

    def event(self, moment: "Moment") -> None:
        """One line: seconds on the source's clock, and a sentence."""
        print(f"{moment.frame.time:7.2f} s  {sentence(moment)}", flush=True)

    def lost(self, error: FacelatchError) -> None:
        """Why the camera is gone."""
        print(f"{error}; trying again", flush=True)

    def scene(self, time: float, word: str) -> None:
        """One line: seconds on the source's clock, and what to do about the picture."""
        print(f"{time:7.2f} s  {words.sentence(word)}", flush=True)

    def hook(self, result: HookResult) -> None:
        """How the hook ended, "ok" where it exited with 0, and its seconds."""
        said = result.problem or "ok"
        print(f"           hook for {result.name}: {said} ({result.seconds:.2f} s)", flush=True)

    def stopped(self, totals: "Totals") -> None:
        """How many frames there were, and how many were dropped."""
        print(f"stopped after {totals.frames} frames ({totals.dropped} dropped)", flush=True)


class JsonReporter:
    """One JSON object a line."""

    def started(
        self, people: "Sequence[Person]", models: "Session", criterion: "Criterion"
    ) -> None:
        """`started`: people, models, threshold (4 decimals) and false-accept rate."""
        self._write(
            "started",
            people=[person.name for person in people],
            embedder=models.embedder.name,
            precision=models.embedder.precision,
            detector=models.detector_name,
            threshold=round(criterion.threshold, 4),
            **surety.to_json(criterion),
        )

    def event(self, moment: "Moment") -> None:
        """`arrived`, `left` or `unrecognised`: name and distance, where there is one."""
        event = moment.event
        fields: dict[str, Any] = {"time": round(moment.frame.time, 3), "frame": moment.frame.index}
        if not isinstance(event, Left):
            fields["distance"] = round(event.distance, 4)
        if isinstance(event, Arrived | Left):
            fields["name"] = event.name
        self._write(type(event).__name__.lower(), **fields)

    def lost(self, error: FacelatchError) -> None:
        """`lost`: the reason."""
        self._write("lost", reason=str(error))

    def scene(self, time: float, word: str) -> None:
        """`picture`: time, and a word of guidance."""
        self._write("picture", time=round(time, 3), guidance=word)

    def hook(self, result: HookResult) -> None:
        """`hook`: name, exit code (null where it was killed), seconds, problem."""
        self._write(
            "hook",
            name=result.name,
            exit_code=result.exit_code,
            seconds=round(result.seconds, 3),
            problem=result.problem,
        )

    def stopped(self, totals: "Totals") -> None:
        """`stopped`: numbers of frames, dropped frames and faces."""
        self._write("stopped", frames=totals.frames, dropped=totals.dropped, faces=totals.faces)

    def _write(self, kind: str, **fields: Any) -> None:
        print(json.dumps({"event": kind, "at": round(time.time(), 3), **fields}), flush=True)


def sentence(moment: "Moment") -> str:
    """One event in words. A stranger stays unnamed."""
    event = moment.event
    if isinstance(event, Arrived):
        return f"{event.name} recognised (distance {event.distance:.3f})"
    if isinstance(event, Left):
        return f"{event.name} left"
    return f"somebody not enrolled (distance {event.distance:.3f})"

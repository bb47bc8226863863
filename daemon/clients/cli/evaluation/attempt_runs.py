"""Plays clips to the verifier as attempts at a computer: from a random place, at a random pace.

Faces are found and embedded once for each clip, and networks asked once for each frame; the cues of
movement, the verifier and the challenge see every run anew, as they see a camera.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from daemon.api import Reason, Verdict
from daemon.recognition.challenge import Asking
from daemon.recognition.frames import AnalysedFrame, guide_observation
from daemon.recognition.liveness import LivenessRule
from daemon.recognition.models import Models
from daemon.recognition.observe import analyse
from daemon.recognition.verifier import Verifier
from daemon.sources.base import Frame
from enroll.errors import EnrollError
from enroll.guide.enroller import Enroller
from enroll.template import Appearance, Person, now
from models.errors import UsageError
from models.evaluation.remembered import NETWORK_CUES, Memory
from models.evaluation.spoof import LIVE, Presentation, Which
from models.evaluation.spoof_trials import PACES, meant
from models.liveness.challenge import Choose
from models.liveness.fusion import Level

VARIANTS: dict[str, tuple[str, ...] | None] = {
    "all cues": (),
    "without texture": ("texture",),
    "without networks": NETWORK_CUES,
    "liveness off": None,
}
"""What is left out in each; None: nothing is asked of whether a face lives."""

ENROLLED_SECONDS = 1.5
"""From the beginning of a clip that is enrolled itself; attempts of the living begin after them."""
LEAST_SECONDS = 1.5
"""Of a clip that a run sees at least, where there is so much."""
_MOST_ANYHOW = 16


@dataclass(frozen=True, slots=True)
class Trying:
    """How attempts are made; `seconds` is the longest, before a challenge prolongs it."""

    level: Level = "standard"
    runs: int = 50
    seconds: float = 10.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """What is tried."""

    clip: Presentation
    enrolled: str
    """Whose clip is enrolled: `itself` or `partner`."""
    variant: str
    """One of VARIANTS."""
    start: float
    """Seconds into the clip."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run."""

    run: Run
    verdict: Verdict
    reason: Reason
    seconds: float
    """Until the last frame that was needed."""
    asked: bool
    """Whether a challenge was asked."""
    against: str
    """The first cue that denied or withheld at the end, as `cue: reason`; "" without one."""

    @property
    def matched(self) -> bool:
        """Whether the computer was opened."""
        return self.verdict is Verdict.MATCHED


@dataclass(frozen=True, slots=True, eq=False)
class _Clip:
    """The frames of a clip and what is seen in each: only the face that is meant."""

    frames: tuple[Frame, ...]
    analysed: tuple[AnalysedFrame, ...]


class Attempts:
    """Makes the attempts of one presentation after the other.

    `models` with the cues, which ask `memory` what they saw before; `read` gives a clip's frames.
    """

    def __init__(
        self, models: Models, memory: Memory, read: Callable[[Path], Iterable[Frame]], how: Trying
    ) -> None:
        self._models = models
        self._memory = memory
        self._read = read
        self._how = how

    def run(self, shown: Presentation) -> Iterator[Outcome]:
        """Every run in every variant; raises UsageError where a clip shows too little.

        Enrolled is the clip's own beginning and, where there is one, the whole partner.
        """
        self._memory.forget()
        how = self._how
        clip = self._clip(shown.path, shown.face)
        people = {"itself": self._enrolled(shown.path, clip.analysed, whole=False)}
        if shown.enrolled is not None:
            partner = self._clip(shown.enrolled, "largest").analysed
            people["partner"] = self._enrolled(shown.enrolled, partner, whole=True)
        name = [ord(letter) for letter in shown.path.name]
        # Of the file's name alone, so that a run can be repeated without the others.
        rng = np.random.default_rng([how.seed, *name])
        first = ENROLLED_SECONDS if shown.species == LIVE else 0.0
        latest = max(clip.frames[-1].time - LEAST_SECONDS, first)
        for _ in range(how.runs):
            start, pace = float(rng.uniform(first, latest)), float(rng.uniform(*PACES))
            runs = [
                _Attempt(run, self._verifier(people[run.enrolled], run), how)
                for run in (
                    Run(shown, who, variant, start) for who in people for variant in VARIANTS
                )
            ]
            for frame in self._seen(clip, start, pace):
                for run in runs:
                    run.add(frame)
                if all(run.over for run in runs):
                    break
            yield from (run.outcome() for run in runs)

    def _clip(self, path: Path, which: Which) -> _Clip:
        pipeline = self._models.following_pipeline()
        frames = tuple(self._read(path))
        if len(frames) < 2:
            raise UsageError(f"{path} is no clip")
        return _Clip(frames, tuple(_only(analyse(pipeline, frame), which) for frame in frames))

    def _enrolled(self, path: Path, seen: Sequence[AnalysedFrame], *, whole: bool) -> Person:
        embedder = self._models.embedder
        enroller = Enroller(
            "default",
            model_id=embedder.model_id,
            metric=embedder.metric,
            threshold=embedder.threshold,
        )
        for frame in seen:
            if enroller.done or not (whole or frame.time <= ENROLLED_SECONDS):
                break
            enroller.add(guide_observation(frame))
        try:
            return Person("owner", (enroller.result(fewest=1).appearance,))
        except EnrollError:
            return self._enrolled_anyhow(path, seen)

    def _enrolled_anyhow(self, path: Path, seen: Sequence[AnalysedFrame]) -> Person:
        """By faces that are too bad for an enrolment: no excuse for an attack's clip."""
        faces = [face.embedding for frame in seen for face in frame.analysis.faces]
        if not faces:
            raise UsageError(f"{path} shows no face")
        embedder, rows = self._models.embedder, np.stack(faces[:_MOST_ANYHOW])
        return Person(
            "owner", (Appearance("default", now(), embedder.model_id, embedder.metric, rows),)
        )

    def _seen(self, clip: _Clip, start: float, pace: float) -> Iterator[AnalysedFrame]:
        """The run's frames, with what the cues say."""
        observer = self._models.liveness_observer()
        longest = self._how.seconds + LivenessRule().challenge_seconds
        for frame, analysed in zip(clip.frames, clip.analysed, strict=True):
            time = (frame.time - start) / pace
            if 0.0 <= time <= longest:
                shown = replace(frame, time=time)
                again = replace(analysed, time=time)
                yield again if observer is None else observer.observe(shown, again)

    def _verifier(self, person: Person, run: Run) -> Verifier:
        matcher = self._models.info.matcher(person)
        asking = Asking(_choosing(run.start), lambda: True)
        rule = None if VARIANTS[run.variant] is None else LivenessRule(level=self._how.level)
        return Verifier(matcher, still=False, liveness=rule, asking=asking)


class _Attempt:
    """One run, frame by frame, until it has decided or its time is up."""

    def __init__(self, run: Run, verifier: Verifier, how: Trying) -> None:
        self._run, self._verifier = run, verifier
        self._deadline = how.seconds
        self._seconds = 0.0
        self._asked = False
        self._against = ""
        self.over = False

    def add(self, frame: AnalysedFrame) -> None:
        """Takes a frame, unless it is over."""
        self.over |= frame.time > self._deadline
        if self.over:
            return
        shown = _without(frame, VARIANTS[self._run.variant] or ())
        step = self._verifier.add(shown)
        if step.asked and not self._asked:
            self._asked = True
            self._deadline = max(self._deadline, frame.time + LivenessRule().challenge_seconds)
        self._seconds, self._against = frame.time, _against(shown)
        self.over = step.done

    def outcome(self) -> Outcome:
        """What came of it."""
        end = self._verifier.result()
        return Outcome(
            self._run, end.verdict, end.reason, self._seconds, self._asked, self._against
        )


def _choosing(start: float) -> Choose:
    rng = np.random.default_rng(int(1e6 * start))
    return lambda movements: movements[int(rng.integers(len(movements)))]


def _without(frame: AnalysedFrame, cues: tuple[str, ...]) -> AnalysedFrame:
    return replace(frame, liveness=tuple(one for one in frame.liveness if one.cue not in cues))


def _against(frame: AnalysedFrame) -> str:
    spoken = [cue for cue in frame.liveness if cue.known and (cue.withholds or cue.llr < -0.5)]
    first = min(spoken, key=lambda cue: (not cue.withholds, cue.llr), default=None)
    return "" if first is None else f"{first.cue}: {first.reason}"


def _only(frame: AnalysedFrame, which: Which) -> AnalysedFrame:
    """Without the faces that are not meant."""
    face = meant([one.detection for one in frame.analysis.faces], which)
    kept = tuple(one for one in frame.analysis.faces if one.detection is face)
    return replace(frame, analysis=replace(frame.analysis, faces=kept))

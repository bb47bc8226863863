"""Tries liveness on clips: from a random place, at a random pace, as a person comes to a camera.

A decision is what the cues say of all frames. Beside it stands when an attempt would have let the
face in by looking alone: it does not wait for the clip's end.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.errors import UsageError
from models.evaluation.spoof import Presentation, Trial, Which
from models.liveness.evidence import CueEvidence
from models.liveness.fusion import Level, Verdict, decide
from models.liveness.lasting import Lasting
from models.liveness.suite import Suite
from models.types import Detection, Detector, Image

Frames = Callable[[Path], Iterable[tuple[float, Image]]]
"""Opens a clip or picture: times in seconds and frames, H x W x 3 BGR."""

PACES = (0.8, 1.25)
"""By how much a trial's clock runs slower or faster than the clip's."""
_STILL_FRAMES, _STILL_RATE = 15, 10.0
"""A picture is shown for so many frames a second."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How every trial is made."""

    level: Level
    seconds: float
    """Of the clip that one decision sees, at most."""
    runs: int
    """Trials of each clip; a picture has one."""
    seed: int = 0


class Trials:
    """Runs the trials. `detectors` makes a detector for each: following begins anew."""

    def __init__(
        self, suite: Suite, detectors: Callable[[], Detector], frames: Frames, setup: Setup
    ) -> None:
        self._suite = suite
        self._detectors = detectors
        self._frames = frames
        self._setup = setup

    def run(self, presentation: Presentation) -> Iterator[Trial]:
        """The trials of one presentation; raises UsageError where it shows nothing."""
        times = [moment for moment, _ in self._frames(presentation.path)]
        if not times:
            raise UsageError(f"{presentation.path} has no frames")
        if len(times) == 1:
            yield self.trial(presentation, self._still(presentation.path), 0.0)
            return
        # Of the file's name alone, so that a run can be repeated without the others.
        name = [ord(letter) for letter in presentation.path.name]
        rng = np.random.default_rng([self._setup.seed, *name])
        latest = max(times[-1] - times[0] - self._setup.seconds, 0.0)
        for _ in range(self._setup.runs):
            start = times[0] + float(rng.uniform(0, latest))
            pace = float(rng.uniform(*PACES))
            yield self.trial(presentation, self._window(presentation.path, start, pace), start)

    def _window(self, path: Path, start: float, pace: float) -> Iterator[tuple[float, Image]]:
        for moment, image in self._frames(path):
            if moment > start + self._setup.seconds:
                return
            if moment >= start:
                yield (moment - start) / pace, image

    def _still(self, path: Path) -> Iterator[tuple[float, Image]]:
        for _, image in self._frames(path):
            yield from ((index / _STILL_RATE, image) for index in range(_STILL_FRAMES))

    def trial(
        self, presentation: Presentation, frames: Iterable[tuple[float, Image]], start: float
    ) -> Trial:
        """One decision about `frames`, with their times in seconds."""
        detector = self._detectors()
        self._suite.reset()
        passage = _Passage(self._setup.level)
        shown, spent = 0, 0.0
        for moment, image in frames:
            faces = detector.detect(image)
            face = meant(faces, presentation.face)
            if face is None:
                continue
            others = [one for one in faces if one is not face]
            began = time.process_time()
            self._suite.observe(moment, image, face, others)
            spent += time.process_time() - began
            shown += 1
            passage.see(moment, self._suite.evidence())
        verdict = decide(self._suite.evidence(), self._setup.level)
        by = tuple(f"{cue.cue}: {cue.reason}" for cue in _weightiest(verdict))
        cost = 1e3 * spent / max(shown, 1)
        return Trial(
            presentation, start, verdict.decision, verdict.total, by, shown, cost, passage.time
        )


class _Passage:
    """When a face was let in: life lasted, before a denial did."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self._lasting = Lasting()
        self._over = False
        self.time: float | None = None

    def see(self, time: float, cues: Sequence[CueEvidence]) -> None:
        """What the cues say of all frames until `time`, in seconds."""
        if self._over:
            return
        self._lasting.see(time, decide(cues, self._level).decision)
        if self._lasting.live:
            self.time = time
        self._over = self._lasting.live or self._lasting.denied


def _weightiest(verdict: Verdict) -> list[CueEvidence]:
    """What brought the decision about first: denials where it denies, else what withholds."""
    if verdict.decision == "not live":
        return sorted(verdict.reasons, key=lambda cue: cue.llr)
    return list(verdict.reasons)


def meant(faces: Sequence[Detection], which: Which) -> Detection | None:
    """The face of a frame that a presentation is about, if there is one; one alone is meant."""
    if not faces:
        return None
    chosen = max if which == "largest" else min
    return chosen(faces, key=lambda face: face.box.area)

"""The work on a stream of frames: one verification, or watching until stopped.

The same code serves the foreground commands and the service.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from daemon.recognition.matcher import Observation, Recogniser, Sighting, names_in
from daemon.sources.base import Frame, FrameSource
from daemon.sources.reader import FrameWorker
from models.scoring.calibration import Criterion
from models.scoring.decision import Rule, SequentialTest, Verdict, sequence_rule, still_rule


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of one verification.

    `verdict` UNDECIDED means that nobody could tell, and `reason` says why. `name` is given for a
    match only: a rejection names nobody. `distance` is that of the deciding frame, or the
    smallest one seen. `stages_ms` are sums over the frames.
    """

    verdict: Verdict
    reason: str
    name: str | None
    distance: float | None
    threshold: float
    frames_seen: int
    frames_used: int
    frames_dropped: int
    stages_ms: Mapping[str, float]


class _Tally:
    """What one verification has seen so far."""

    def __init__(self, rule: Rule) -> None:
        self.test = SequentialTest(rule)
        self.frames = 0
        self.used = 0
        self.faces = 0
        self.here: frozenset[str] = frozenset()
        self.hints: defaultdict[str, int] = defaultdict(int)
        self.distance: dict[str | None, float] = {}
        self.stages_ms: defaultdict[str, float] = defaultdict(float)

    def add(self, time: float, observation: Observation) -> Verdict:
        self.frames += 1
        for stage, milliseconds in observation.stages_ms.items():
            self.stages_ms[stage] += milliseconds
        for sighting in observation.sightings:
            self._note(sighting)
        self.used += observation.best is not None
        self.here = names_in(observation)
        return self.test.observe(time, observation.evidence)

    def _note(self, sighting: Sighting) -> None:
        self.faces += 1
        if not sighting.usable:
            for reason in sighting.quality.reasons:
                self.hints[reason] += 1
            return
        for key in {sighting.name, None}:
            best = self.distance.get(key, float("inf"))
            self.distance[key] = min(best, sighting.distance)

    def why_undecided(self) -> str:
        if self.frames == 0:
            return "no frame came"
        if self.faces == 0:
            return "no face seen"
        hint = max(self.hints, key=lambda reason: self.hints[reason], default="")
        return f"no face good enough: {hint}" if hint else "no face good enough"


def verify(
    worker: FrameWorker,
    recogniser: Recogniser,
    *,
    rule: Rule,
    seconds: float,
    watch: Callable[[Frame, Observation], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Verification:
    """Looks until the evidence suffices, the source ends or `seconds` have passed.

    `watch` is shown every frame with what was seen in it. Raises SourceError.
    """
    tally = _Tally(rule)
    deadline = clock() + seconds
    verdict = Verdict.UNDECIDED
    ended = False
    while verdict is Verdict.UNDECIDED and not ended:
        remaining = deadline - clock()
        frame = worker.next(timeout=remaining) if remaining > 0 else None
        if frame is None:
            ended = True
            continue
        observation = recogniser.observe(frame.image)
        verdict = tally.add(frame.time, observation)
        if watch is not None:
            watch(frame, observation)
    return _outcome(tally, verdict, recogniser, worker)


def _outcome(
    tally: _Tally, verdict: Verdict, recogniser: Recogniser, worker: FrameWorker
) -> Verification:
    name: str | None = None
    if verdict is Verdict.MATCH:
        # Of two who look alike the nearer, which is who the last frame names.
        matched = (tally.test.matched & tally.here) or tally.test.matched
        name = min(matched, key=lambda one: tally.distance.get(one, float("inf")))
        reason = "recognised"
    elif tally.used:
        verdict, reason = Verdict.NO_MATCH, "not recognised"
    else:
        verdict, reason = Verdict.UNDECIDED, tally.why_undecided()
    return Verification(
        verdict=verdict,
        reason=reason,
        name=name,
        distance=tally.distance.get(name),
        threshold=recogniser.threshold_of(name),
        frames_seen=tally.frames,
        frames_used=tally.used,
        frames_dropped=worker.dropped,
        stages_ms=dict(tally.stages_ms),
    )


def rule_for(source: FrameSource, criterion: Criterion) -> Rule:
    """Pictures decide one by one; whatever moves needs several agreeing frames."""
    if source.still:
        return still_rule(toll=criterion.toll)
    return sequence_rule(far=criterion.share, toll=criterion.toll)

"""One verification, frame by frame: the only place that weighs evidence. Pure.

The service asks about one person, the foreground about everybody enrolled: both hand the frames,
already analysed, to the same `Verifier`.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from daemon.api import Guidance, Light, Progress, Reason, Verdict
from daemon.recognition.challenge import Asking, LivenessChallenge
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.liveness import LivenessDecision, LivenessRule, LivenessState
from daemon.recognition.matcher import FaceMatch, Matcher, Observation, names_in
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.recognition.same_face import Likeness
from daemon.recognition.visit_recorder import VisitRecorder
from enroll.guide.prompts import prevailing, prompt_of
from models.scoring import decision
from models.scoring.calibration import Criterion
from models.scoring.decision import Rule, SequentialTest, sequence_rule, still_rule

TRIED_FRAMES = 5
"""Usable frames of what moves after which somebody who was not recognised has tried to be let in.
Whoever only walks by has not; and fewer frames are too little evidence to say no."""

LEAST_SECONDS = 2.0
"""For so long whoever moves is looked at before he is nobody enrolled, where a living face is asked
for: he sits down, turns and speaks, and of a face that looks aside twenty frames, less than a
second, are evidence against its owner. A no is due within three seconds."""

_VERDICTS = {
    decision.Verdict.MATCH: Verdict.MATCHED,
    decision.Verdict.NO_MATCH: Verdict.NOT_MATCHED,
    decision.Verdict.UNDECIDED: Verdict.UNDECIDED,
}


def rule_for(criterion: Criterion, *, still: bool) -> Rule:
    """Pictures (`still`) decide one by one; whatever moves needs several agreeing frames."""
    if still:
        return still_rule(toll=criterion.toll)
    return sequence_rule(far=criterion.share, toll=criterion.toll)


class Verifier:
    """Collects what the frames show of the people that `matcher` knows. For one thread.

    `still` is for pictures that are no moments of a camera. With `liveness` a match needs a living
    face too, and that both are of the same one; without, nothing is asked of it. `asking` is for
    challenges; without it none is asked. `visit` is shown every frame but those of a challenge,
    for what may be learnt of a match.
    """

    def __init__(
        self,
        matcher: Matcher,
        *,
        still: bool,
        liveness: LivenessRule | None,
        asking: Asking | None = None,
        visit: VisitRecorder | None = None,
    ) -> None:
        self._rule = rule_for(matcher.criterion, still=still)
        self._matcher = matcher
        self._visit = visit
        self._judge = None
        if liveness is not None:
            likeness = Likeness.by(matcher.metric, matcher.criterion)
            self._judge = LivenessDecision(liveness, likeness)
        self._challenge = None
        if self._judge is not None and asking is not None:
            self._challenge = LivenessChallenge(self._judge, asking)
        self._test = SequentialTest(self._rule)
        self._alike = False
        """Whether the evidence of who it is sufficed at any time."""
        self._judged_since = math.inf
        self._fewest = self._rule.fewest
        self._tried = 1 if still else TRIED_FRAMES
        self._tally = _Tally()

    def add(self, frame: AnalysedFrame) -> FrameResult:
        """One frame, and how it stands after it."""
        same = self._judge is None or self._judge.see(frame)
        if not same:
            # Who it is and whether he lives are found out about one face.
            self._test = SequentialTest(self._rule)
        observation = self._matcher.match(frame.analysis)
        self._ask(frame, observation, same=same)
        asking, advice = self._is_asking, None if self._judge is None else self._judge.advice
        if asking:
            # Who turns away because he was asked to is not told to look at the screen.
            advice = None
        if advice is not None and observation.judged is not None:
            observation = replace(observation, judged=None)
        best, names = observation.judged, names_in(observation)
        self._tally.add(observation, names, advice, frame.scene)
        if self._visit is not None and not asking:
            self._visit.see(frame.analysis, best, known=bool(names))
        result = self._seen(frame, observation, advice, counts=not asking)
        over = self._challenge is not None and self._challenge.over
        return replace(result, denied=self._is_denied, over=over)

    def _ask(self, frame: AnalysedFrame, observation: Observation, *, same: bool) -> None:
        """Shows the frame to the challenge, if there is one."""
        if self._challenge is None:
            return
        if self._challenge.see(frame, observation, same=same, matched=self._test.matched):
            # Whoever has answered is recognised anew.
            self._test = SequentialTest(self._rule)

    @property
    def _is_asking(self) -> bool:
        """Whether a face that is in doubt is being asked for something."""
        return self._challenge is not None and self._challenge.asking and not self._is_live

    def _seen(
        self,
        frame: AnalysedFrame,
        observation: Observation,
        advice: Guidance | None,
        *,
        counts: bool,
    ) -> FrameResult:
        best = observation.judged
        if best is None:
            result = _without_evidence(observation, frame, advice)
        else:
            result = self._weighed(frame, observation, best, counts=counts)
        challenge = self._challenge
        # Where the face was seen to live meanwhile, what is asked for does not matter.
        if challenge is None or challenge.word is None or (challenge.asking and counts):
            return result
        if advice is not None or result.done:
            return result
        return replace(result, word=challenge.word, asked=True)

    def _weighed(
        self, frame: AnalysedFrame, observation: Observation, best: FaceMatch, *, counts: bool
    ) -> FrameResult:
        """What the judged face says; where it `counts` not, no evidence is gathered by it."""
        verdict = Verdict.UNDECIDED
        if counts:
            verdict = _VERDICTS[self._test.observe(frame.time, observation.evidence)]
            self._alike |= bool(self._test.matched)
            self._judged_since = min(self._judged_since, frame.time)
        if verdict is Verdict.MATCHED and not self._is_live:
            verdict = Verdict.UNDECIDED
        if verdict is Verdict.NOT_MATCHED and not self._may_refuse(frame.time):
            verdict = Verdict.UNDECIDED
        return FrameResult(
            Progress.FACE_SEEN,
            verdict,
            best.distance,
            best.quality.score,
            _shares(best, frame.size),
            light=Light.GREEN if names_in(observation) else Light.RED,
            threshold=self._matcher.threshold_of(None),
        )

    def _may_refuse(self, time: float) -> bool:
        """Whether it may end with a no before its time is up.

        Not once somebody was recognised, of whom only his life was in doubt: who then turns aside
        is in doubt still, and may turn back. Nor of who hides his face for the most part.
        """
        if self._judge is None:
            return True
        if self._alike or self._tally.covered:
            return False
        return time - self._judged_since >= LEAST_SECONDS

    @property
    def _is_live(self) -> bool:
        return self._judge is None or self._judge.state is LivenessState.LIVE

    @property
    def _is_denied(self) -> bool:
        return self._judge is not None and self._judge.state is LivenessState.DENIED

    def result(self, reason: Reason | None = None) -> AttemptResult:
        """How it stands. `reason` is why it was cut short, if it was: nobody could tell."""
        tally = self._tally
        verdict = Verdict.UNDECIDED
        if reason is None:
            verdict, reason = self._outcome()
        name = self._matched_name() if verdict is Verdict.MATCHED else None
        visit = self._visit if verdict is Verdict.MATCHED else None
        threshold = self._matcher.threshold_of(name)
        advised = reason in (Reason.NO_FACE, Reason.NO_USABLE_FACE, Reason.TOO_FEW_FRAMES)
        return AttemptResult(
            verdict,
            reason,
            tally.hint if advised else "",
            tally.frames,
            tally.distances.get(name),
            threshold,
            dict(tally.stages_ms),
            compared=tally.usable,
            visit=None if visit is None else visit.visit(threshold),
            name=name,
            frames_used=tally.usable,
            frames_needed=self._tried if tally.usable >= self._fewest else self._fewest,
        )

    def _outcome(self) -> tuple[Verdict, Reason]:
        if self._is_denied:
            return Verdict.UNDECIDED, Reason.NOT_LIVE
        if self._challenge is not None and self._challenge.failed:
            return Verdict.UNDECIDED, Reason.CHALLENGE_FAILED
        if self._test.matched and self._is_live:
            return Verdict.MATCHED, Reason.RECOGNISED
        if self._judge is not None and self._alike:
            return Verdict.UNDECIDED, self._why_not_live
        if self._tally.usable >= self._tried and not self._tally.covered:
            return Verdict.NOT_MATCHED, Reason.NOT_RECOGNISED
        return Verdict.UNDECIDED, self._tally.why_undecided

    @property
    def _why_not_live(self) -> Reason:
        advised = self._judge is not None and self._judge.advice is not None
        return Reason.NO_USABLE_FACE if advised else Reason.LIVENESS_UNCLEAR

    def _matched_name(self) -> str:
        # Of two who look alike the nearer, which is who the last frame names.
        matched = (self._test.matched & self._tally.names) or self._test.matched
        return min(matched, key=lambda one: self._tally.distances.get(one, float("inf")))


class _Tally:
    """What the frames so far add up to."""

    def __init__(self) -> None:
        self.frames = self.usable = self.faces = 0
        self.names: frozenset[str] = frozenset()
        """Whom the last frame names."""
        self.distances: dict[str | None, float] = {}
        """The smallest by name, and of all judged faces under None."""
        self.stages_ms: defaultdict[str, float] = defaultdict(float)
        self._hints: Counter[str] = Counter()
        self._scenes: Counter[Guidance | None] = Counter()

    @property
    def hint(self) -> str:
        """What would have helped most often, "" where nothing would."""
        if self.covered:
            return Guidance.UNCOVER_YOUR_FACE
        if not self.faces:
            return prevailing(self._scenes) or ""
        return self._hints.most_common(1)[0][0] if self._hints else ""

    @property
    def covered(self) -> bool:
        """Whether more frames showed a covered face than one that could be compared: what shows
        now and then beside a mask is like nobody, and no stranger's for that."""
        return self._hints[Guidance.UNCOVER_YOUR_FACE] > self.usable

    @property
    def why_undecided(self) -> Reason:
        """Why there is no verdict: no frame, no face, no usable one, or too few."""
        if self.usable and not self.covered:
            return Reason.TOO_FEW_FRAMES
        if self.faces:
            return Reason.NO_USABLE_FACE
        return Reason.NO_FACE if self.frames else Reason.NO_FRAMES

    def add(
        self,
        observation: Observation,
        names: frozenset[str],
        advice: Guidance | None,
        scene: Guidance | None,
    ) -> None:
        """`advice` is what the person should do before the face can be judged, `scene` what is
        wrong with a picture without one.
        """
        self.frames += 1
        self.names = names
        self._add_times(observation.stages_ms)
        if not observation.faces:
            self._scenes[scene] += 1
            return
        self.faces += 1
        if observation.judged is None:
            self._hints[advice or _advice(observation)] += 1
            return
        self.usable += 1
        self._add_distance(observation.judged)

    def _add_times(self, stages_ms: Mapping[str, float]) -> None:
        for stage, milliseconds in stages_ms.items():
            self.stages_ms[stage] += milliseconds

    def _add_distance(self, face: FaceMatch) -> None:
        for key in {face.name, None}:
            self.distances[key] = min(face.distance, self.distances.get(key, float("inf")))


def _without_evidence(
    observation: Observation, frame: AnalysedFrame, advice: Guidance | None
) -> FrameResult:
    """The result of a frame in which no face was judged: what its largest should do about it."""
    if not observation.faces:
        return FrameResult(frame.scene or Progress.LOOKING, Verdict.UNDECIDED)
    largest = observation.faces[0]
    return FrameResult(
        advice or _advice(observation),
        Verdict.UNDECIDED,
        quality=largest.quality.score,
        box=_shares(largest, frame.size),
        light=Light.AMBER,
    )


def _advice(observation: Observation) -> Guidance:
    if observation.crowded:
        return Guidance.ONE_PERSON_ONLY
    reasons = observation.faces[0].quality.reasons
    return prompt_of(next(iter(reasons), "")) or Guidance.MOVE_INTO_PICTURE


def _shares(face: FaceMatch, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Left, top, width and height of the face as shares of the picture."""
    box, (width, height) = face.detection.box, size
    return box.left / width, box.top / height, box.width / width, box.height / height

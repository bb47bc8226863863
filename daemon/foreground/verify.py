"""Verification in the foreground: the frames of a source to the verifier until it has decided."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from daemon.api import Guidance, Progress, Reason, Verdict
from daemon.foreground.liveness_check import LivenessCheck
from daemon.recognition.challenge import Asking
from daemon.recognition.observe import analyse
from daemon.recognition.recogniser import Recogniser
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.recognition.scene import SceneObserver
from daemon.recognition.verifier import Verifier
from daemon.sources.reader import FrameWorker
from enroll.guide.prompts import clause, turn_of
from models.liveness.challenge import Choose

_WORDS = {
    Reason.RECOGNISED: "recognised",
    Reason.NOT_RECOGNISED: "not recognised",
    Reason.NO_FRAMES: "no frame came",
    Reason.NO_FACE: "no face seen, or a covered one",
    Reason.NO_USABLE_FACE: "no face good enough",
    Reason.NOT_LIVE: "this is no living face",
    Reason.CHALLENGE_FAILED: "what was asked of the face it did not do",
    Reason.LIVENESS_UNCLEAR: "whether the face is a living one is unclear",
}


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of one verification.

    `verdict` UNDECIDED means that nobody could tell, and `reason` says why. `name` is given for a
    match only: a rejection names nobody. `distance` is the smallest seen, of a match that of the
    person named. `stages_ms` are sums over the frames.
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


def verify(
    worker: FrameWorker,
    recogniser: Recogniser,
    *,
    still: bool,
    liveness: LivenessCheck | None,
    seconds: float,
    on_prompt: Callable[[Guidance], None] | None = None,
    choose: Choose = secrets.choice,
    scene: SceneObserver | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Verification:
    """Reads until the evidence suffices, the source ends or `seconds` have passed.

    `still` as the source's; without `liveness` a picture of somebody is as good as he. A challenge
    tells `on_prompt` what it asks for, as it changes, and adds its own time; without `on_prompt`
    none is asked. `choose` takes its movements. With `scene` it is told what is wrong with pictures
    that show no face. Raises SourceError.
    """
    rule = None if liveness is None else liveness.rule
    observer = None if liveness is None else liveness.observer
    asking = Asking(choose, lambda: on_prompt is not None)
    verifier = Verifier(recogniser.matcher, still=still, liveness=rule, asking=asking)
    prompter = _Prompter(on_prompt)
    deadline = clock() + seconds
    done = False
    while not done and (remaining := deadline - clock()) > 0:
        frame = worker.next(timeout=remaining)
        if frame is None:
            break
        result = verifier.add(analyse(recogniser.pipeline, frame, observer, scene))
        done = result.done
        if prompter.begins(result) and rule is not None:
            deadline = max(deadline, clock() + rule.challenge_seconds)
    return _verification(verifier.result(), worker.dropped)


class _Prompter:
    """Says what a challenge asks for, each word once."""

    def __init__(self, say: Callable[[Guidance], None] | None) -> None:
        self._say = say
        self._said: Progress | Guidance | None = None

    def begins(self, result: FrameResult) -> bool:
        """Takes one frame; whether a challenge begins with it."""
        if not result.asked or result.word == self._said:
            return False
        begins, self._said = self._said is None, result.word
        if self._say is not None and isinstance(result.word, Guidance):
            self._say(result.word)
        return begins


def _verification(result: AttemptResult, dropped: int) -> Verification:
    return Verification(
        verdict=result.verdict,
        reason=_in_words(result),
        name=result.name,
        distance=result.distance,
        threshold=result.threshold,
        frames_seen=result.frames,
        frames_used=result.frames_used,
        frames_dropped=dropped,
        stages_ms=result.stages_ms,
    )


def _in_words(result: AttemptResult) -> str:
    if result.reason is Reason.TOO_FEW_FRAMES:
        frames = "1 frame" if result.frames_used == 1 else f"{result.frames_used} frames"
        return f"{frames}, {result.frames_needed} are needed"
    if result.reason is Reason.NO_FACE and result.guidance:
        turn = turn_of(result.guidance)
        return clause(result.guidance) + ("" if turn is None else f" (here: --rotate {turn})")
    hint = f": {result.guidance.replace('-', ' ')}" if result.guidance else ""
    return f"{_WORDS[result.reason]}{hint}"

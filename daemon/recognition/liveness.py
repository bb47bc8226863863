"""Whether the face that is judged is a living one: from what the cues say, frame by frame. Pure.

The cues look at pictures, where the camera is (`daemon.recognition.liveness_observer`); what they
say comes along with each frame. Here it is decided what that means for an attempt.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from daemon.api import Guidance
from daemon.api.source_names import is_drawn
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.same_face import Likeness, SameFace, largest
from models.liveness.evidence import CueEvidence
from models.liveness.fusion import Level, decide
from models.liveness.lasting import Lasting

if TYPE_CHECKING:
    from daemon.config import Liveness

PICTURE_OF_A_FACE = "this is a picture of a face and no living one; enrol before the camera"
"""Why nobody is enrolled."""

_ADVICE = {
    "covered": Guidance.UNCOVER_YOUR_FACE,
    "eyes-closed": Guidance.OPEN_YOUR_EYES,
    "looks-away": Guidance.LOOK_AT_THE_SCREEN,
}


@dataclass(frozen=True, slots=True)
class LivenessRule:
    """How sure it must be that a face is a living one; `attention`: eyes open, to the screen.

    `challenge_seconds` is by how much an attempt is prolonged once a challenge has begun.
    """

    level: Level = "standard"
    attention: bool = True
    challenge_seconds: float = 20.0


def rule_of(settings: "Liveness", source: str) -> LivenessRule | None:
    """What the configuration asks of frames of `source` (as `camera.source` has it).

    None: nothing. The built-in demo's people are flat portraits, moved: no liveness is asked of
    them. That goes by the source's name, which root's configuration has, never by what it shows.
    """
    if not settings.enabled or is_drawn(source):
        return None
    levels: dict[str, Level] = {"convenient": "convenient", "strict": "strict"}
    level = levels.get(settings.level, "standard")
    return LivenessRule(level, settings.attention, settings.challenge_seconds)


class LivenessState(Enum):
    """What is known of the face now."""

    LIVE = "live"
    UNCLEAR = "unclear"
    WITHHELD = "withheld"
    """Nothing can be told until the person does something: see `LivenessDecision.advice`."""
    DENIED = "denied"
    """For long enough that the attempt is over."""


class LivenessDecision:
    """Follows the largest face of the frames."""

    def __init__(self, rule: LivenessRule, likeness: Likeness) -> None:
        self._rule = rule
        self._same = SameFace(likeness)
        self._lasting = Lasting()
        self._answered = False
        self.state = LivenessState.UNCLEAR
        self.advice: Guidance | None = None
        """What the person could do about it, where it is WITHHELD."""

    @property
    def challenges(self) -> bool:
        """Whether doubt about a face ends in a challenge."""
        return self._rule.level != "convenient"

    @property
    def always_challenges(self) -> bool:
        """Whether nothing is a living face before it has answered a challenge."""
        return self._rule.level == "strict"

    def asked(self) -> None:
        """A challenge has begun: from now on the face turns."""
        self._same.turns = True

    def answered(self) -> None:
        """The face that is followed has answered a challenge: nothing but a denial is left."""
        self._answered = True

    def see(self, frame: AnalysedFrame) -> bool:
        """One frame; whether its largest face is the one of the frame before.

        Where it is another, all begins anew but that an attack was seen.
        """
        face = largest(frame.analysis.faces)
        if face is None:
            self._set(LivenessState.UNCLEAR)
            return True
        same = self._same.follows(frame.time, face)
        if not same:
            self._lasting.begin_anew()
            self._answered = False
        self._weigh(frame.time, frame.liveness)
        return same

    def _weigh(self, time: float, cues: tuple[CueEvidence, ...]) -> None:
        if not self._rule.attention:
            cues = tuple(cue for cue in cues if cue.cue != "attention")
        verdict = decide(cues, self._rule.level, challenged=self._answered)
        self._lasting.see(time, verdict.decision)
        withheld = next((cue for cue in verdict.reasons if cue.withholds), None)
        if self._lasting.denied:
            self._set(LivenessState.DENIED)
        elif withheld is not None and verdict.decision != "not live":
            self._set(LivenessState.WITHHELD, _ADVICE.get(withheld.reason, Guidance.LOOK_STRAIGHT))
        elif self._lasting.live:
            self._set(LivenessState.LIVE)
        else:
            self._set(LivenessState.UNCLEAR)

    def _set(self, state: LivenessState, advice: Guidance | None = None) -> None:
        self.state, self.advice = state, advice

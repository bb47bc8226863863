"""An enrolment as the camera's thread sees it: pictures in, an appearance out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daemon.api import Reason
from daemon.camera.job import FrameOutcome, StreamInfo
from daemon.camera.schedule import Purpose
from daemon.policy.cameras import Identity
from enroll.guide.enroller import Enroller
from enroll.guide.guide import Step
from enroll.guide.prompts import Prompt
from enroll.template import LONGEST_CAMERA, Appearance
from models.errors import FacelatchError
from models.scoring.calibration import Calibration
from models.scoring.security import Level

if TYPE_CHECKING:
    from daemon.recognition.frames import AnalysedFrame
    from daemon.recognition.liveness import LivenessDecision, LivenessRule

_WHY = {
    Reason.CAMERA_BUSY: "another program has the camera; close it and try again",
    Reason.NO_CAMERA: "there is no camera; plug one in and try again",
}


@dataclass(frozen=True, slots=True, eq=False)
class NewAppearance:
    """An appearance that is not stored yet, with what is needed to judge it."""

    appearance: Appearance
    quality: float
    missing: tuple[Prompt, ...]
    calibration: Calibration
    level: Level
    camera: Identity | None = None
    """What it was taken by, where that is a camera of this machine."""


@dataclass(frozen=True, slots=True, eq=False)
class EnrolResult:
    """What an enrolment came to: an appearance, or why there is none."""

    new: NewAppearance | None
    reason: str = ""


class EnrolJob:
    """Collects pictures of whoever is before the camera; with `liveness`, not of a picture."""

    purpose = Purpose.ENROL
    patient = False
    on_picture = None

    def __init__(
        self,
        appearance: str,
        *,
        liveness: "LivenessRule | None",
        deadline: float,
        post: Callable[[Callable[[], None]], None],
        on_step: Callable[[Step], None],
        on_end: Callable[[EnrolResult], None],
    ) -> None:
        self.deadline = deadline
        self._appearance = appearance
        self._liveness = liveness
        self._judge: LivenessDecision | None = None
        self._post = post
        self._on_step = on_step
        self._on_end = on_end
        self._enroller: Enroller | None = None
        self._stream: StreamInfo | None = None
        self._camera: Identity | None = None

    def begin(self, stream: StreamInfo) -> None:
        """What was seen before the camera was lost still counts, by the same model and camera."""
        model = stream.model
        camera, self._camera = self._camera, stream.camera
        self._stream = stream
        self._judge = self._new_judge(stream)
        known = self._enroller is not None and self._enroller.model_id == model.model_id
        if not known or camera != stream.camera:
            self._enroller = Enroller(
                self._appearance,
                model_id=model.model_id,
                metric=model.metric,
                threshold=model.threshold,
                still=stream.still,
            )

    def _new_judge(self, stream: StreamInfo) -> "LivenessDecision | None":
        from daemon.recognition.liveness import LivenessDecision
        from daemon.recognition.same_face import Likeness

        if self._liveness is None or stream.still:
            return None
        model = stream.model
        return LivenessDecision(self._liveness, Likeness.around(model.metric, model.threshold))

    def see(self, frame: "AnalysedFrame | None") -> FrameOutcome:
        """Done once there is nothing left to ask for, or the face is called a picture."""
        from daemon.recognition.frames import guide_observation

        if self._enroller is None or frame is None:
            return FrameOutcome()
        # The frame's own time, so that a clip that is read fast is as good as one that is not.
        seen = guide_observation(frame)
        step = self._enroller.add(seen)
        self._post(lambda: self._on_step(step))
        if self._judge is not None:
            self._judge.see(frame)
        return FrameOutcome(self._enroller.done or self._is_picture, seen.sample is not None)

    @property
    def _is_picture(self) -> bool:
        from daemon.recognition.liveness import LivenessState

        return self._judge is not None and self._judge.state is LivenessState.DENIED

    def end(self, reason: Reason | None, problem: str) -> None:
        """Posts the result: an appearance, or why there is none."""
        result = self._result("" if reason is None else problem or _WHY.get(reason, ""))
        self._stream = self._enroller = None
        self._post(lambda: self._on_end(result))

    def _result(self, problem: str) -> EnrolResult:
        if problem or self._stream is None or self._enroller is None:
            return EnrolResult(None, problem or "the camera sent no picture")
        if self._is_picture:
            from daemon.recognition.liveness import PICTURE_OF_A_FACE

            return EnrolResult(None, PICTURE_OF_A_FACE)
        criterion = self._stream.model.criterion
        try:
            made = self._enroller.result()
        except FacelatchError as error:
            return EnrolResult(None, str(error))
        level, calibration = criterion.level, criterion.calibration
        camera = self._camera
        appearance = replace(made.appearance, camera="" if camera is None else camera_text(camera))
        return EnrolResult(
            NewAppearance(appearance, made.quality, made.missing, calibration, level, camera)
        )


def camera_text(identity: Identity) -> str:
    """How an appearance names the camera that it was taken by."""
    # What a device says of itself may hold letters that show as nothing.
    text = "".join(one if one.isascii() else "?" for one in str(identity))
    return text[:LONGEST_CAMERA].strip()

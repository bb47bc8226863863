"""The loaded networks, and what is known of them without them."""

from dataclasses import dataclass

from daemon.recognition.liveness_observer import LivenessObserver
from daemon.recognition.model_info import ModelInfo
from daemon.recognition.same_face import Likeness
from models.detectors.following import FollowingDetector
from models.liveness.suite import Suite
from models.pipeline import FacePipeline
from models.scoring.calibration import Criterion
from models.types import Detector, Embedder


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """The loaded networks. `criterion` is the configured level's for a single appearance."""

    detector: Detector
    detector_name: str
    embedder: Embedder
    criterion: Criterion
    cues: Suite | None = None
    """What looks whether a face is a living one; None where nothing does."""

    @property
    def info(self) -> ModelInfo:
        """What matching needs to know of them."""
        embedder = self.embedder
        return ModelInfo(
            self.detector_name,
            embedder.name,
            embedder.model_id,
            embedder.precision,
            embedder.metric,
            embedder.threshold,
            self.criterion,
        )

    def liveness_observer(self) -> LivenessObserver | None:
        """For the frames of one time that a camera is open; one at a time, they share the cues."""
        if self.cues is None:
            return None
        return LivenessObserver(self.cues, Likeness.by(self.embedder.metric, self.criterion))

    def pipeline(self) -> FacePipeline:
        """For single frames, between which anything may happen."""
        return FacePipeline(self.detector, self.embedder)

    def glancing_pipeline(self) -> FacePipeline:
        """For frames of one time that a camera is open, a second and more apart: a face is looked
        for where it was, but who it is only this frame says.
        """
        return FacePipeline(FollowingDetector(self.detector), self.embedder, turns=False)

    def following_pipeline(self) -> FacePipeline:
        """For the successive frames of one time that a camera is open: who sits in front comes
        first, whoever stands behind is found within ten frames.
        """
        return FacePipeline(FollowingDetector(self.detector, front_first=True), self.embedder)

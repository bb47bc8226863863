"""The liveness cues at work on the pictures of one source: the largest face of each frame."""

import time
from dataclasses import replace

from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.same_face import Likeness, SameFace, largest
from daemon.sources.base import Frame
from models.liveness.suite import Suite


class LivenessObserver:
    """Shows the suite one face over time; another face begins anew. For one thread."""

    def __init__(self, suite: Suite, likeness: Likeness) -> None:
        self._suite = suite
        self._likeness = likeness
        self.reset()

    def reset(self) -> None:
        """Forgets the face: time has passed, or the camera was closed."""
        self._suite.reset()
        self._same = SameFace(self._likeness)

    def observe(self, frame: Frame, analysed: AnalysedFrame) -> AnalysedFrame:
        """`analysed` with what the cues say of its largest face by now, and what that took."""
        faces = analysed.analysis.faces
        face = largest(faces)
        if face is None:
            return analysed
        started = time.perf_counter()
        if not self._same.follows(frame.time, face):
            self._suite.reset()
        others = [one.detection for one in faces if one is not face]
        self._suite.observe(frame.time, frame.image, face.detection, others)
        evidence = self._suite.evidence()
        taken = {"liveness": (time.perf_counter() - started) * 1e3}
        analysis = replace(analysed.analysis, stages_ms={**analysed.analysis.stages_ms, **taken})
        return replace(analysed, analysis=analysis, liveness=evidence)

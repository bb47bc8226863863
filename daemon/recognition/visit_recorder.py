"""What an attempt at one person has seen, for what may be learnt of it. Pure, for one thread."""

from daemon.recognition.matcher import FaceMatch
from enroll.adaptation import Probe, Visit
from enroll.template import Person
from models.pose import pose
from models.scoring.matching import distances
from models.types import Analysis, Face


class VisitRecorder:
    """Collects the frames of one visit; holds one embedding and no picture."""

    def __init__(self, person: Person, model_id: str) -> None:
        self._person = person
        self._model_id = model_id
        self._frames = 0
        self._farthest = 0.0
        self._others = 0
        self._best: Probe | None = None
        self._distance = 0.0
        """Of the best frame, as it was decided."""

    def see(self, analysis: Analysis, best: FaceMatch | None, *, known: bool) -> None:
        """One frame: all its faces, and the usable one that is nearest to the person."""
        self._others += max(len(analysis.faces) - 1, 0)
        if best is None:
            return
        self._others += not known
        self._frames += 1
        self._farthest = max(self._farthest, best.distance)
        # Detections are compared as they are: the match is of this very face.
        faces = [face for face in analysis.faces if face.detection is best.detection]
        # A held embedding is of another frame than the pose and the quality.
        if known and faces and not faces[0].held:
            self._keep(faces[0], best.distance)

    def _keep(self, face: Face, distance: float) -> None:
        probe = Probe(face.embedding, face.quality.score, pose(face.detection.landmarks))
        if self._best is None or _worth(probe) > _worth(self._best):
            self._best, self._distance = probe, distance

    def visit(self, threshold: float) -> Visit | None:
        """What was seen, if anything; `threshold` is the person's."""
        appearances = self._person.appearances_of(self._model_id)
        if self._best is None or not appearances:
            return None
        embedding = self._best.embedding
        apart = [
            float(distances(embedding, one.template[None], one.metric)[0]) for one in appearances
        ]
        nearest = appearances[apart.index(min(apart))]
        return Visit(
            nearest.name,
            nearest.created,
            self._model_id,
            threshold,
            self._frames,
            self._farthest,
            self._others,
            self._best,
            self._distance - min(apart),
        )


def _worth(probe: Probe) -> float:
    """Of two pictures the one that is looked at straight, then the better one."""
    turned = max(abs(probe.pose.yaw), abs(probe.pose.pitch))
    return probe.quality - turned / 90.0

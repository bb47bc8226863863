"""What enroll, verify, watch and demo share: their models, store and source."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from daemon.api.source_names import is_drawn
from daemon.foreground.liveness_check import LivenessCheck
from daemon.recognition.liveness import LivenessRule
from daemon.recognition.liveness_observer import LivenessObserver
from daemon.recognition.recogniser import Recogniser
from daemon.recognition.same_face import Likeness
from daemon.recognition.scene import SceneObserver
from daemon.sources.base import FrameSource
from daemon.sources.open import open_source
from daemon.sources.turned import turned
from enroll.errors import NotEnrolledError, OtherModelError
from enroll.store.store import TemplateStore, default_folder
from enroll.template import Person
from models import calibrations
from models.liveness.masks import MaskFinder
from models.pipeline import FacePipeline
from models.scoring.calibration import Criterion, criterion
from models.types import Detector, Embedder


@dataclass(frozen=True, slots=True)
class Session:
    """The loaded models. `detector_name` is what the person chose, for every output."""

    detector: Detector
    detector_name: str
    embedder: Embedder

    def criterion(self, people: Sequence[Person], arguments: argparse.Namespace) -> Criterion:
        """What `--security` or `--threshold` asks for, among all appearances of `people`."""
        appearances = sum(len(person.appearances_of(self.embedder.model_id)) for person in people)
        return criterion(
            calibrations.load(self.embedder),
            arguments.security,
            templates=max(appearances, 1),
            threshold=arguments.threshold,
        )

    def recogniser(self, people: Sequence[Person], arguments: argparse.Namespace) -> Recogniser:
        """Matches frames with `people`, as surely as the person chose."""
        pipeline = FacePipeline(self.detector, self.embedder)
        return Recogniser(pipeline, self.embedder, people, self.criterion(people, arguments))

    def check_model(self, people: Sequence[Person]) -> None:
        """Raises OtherModelError unless somebody has an appearance made by the running model."""
        ids = {appearance.model_id for person in people for appearance in person.appearances}
        if ids and self.embedder.model_id not in ids:
            others = ", ".join(sorted({one.rpartition(":")[0] for one in ids}))
            raise OtherModelError(
                f"the enrolled templates were made by {others}, but {self.embedder.name} runs now",
                f"enrol again, or choose --embedder {others.split(', ')[0]}",
            )


def store_of(arguments: argparse.Namespace) -> TemplateStore:
    """The store the person chose."""
    return TemplateStore(arguments.store or default_folder())


def people_of(store: TemplateStore, name: str | None) -> list[Person]:
    """One person, or everybody; raises NotEnrolledError where there is nobody."""
    if name is not None:
        return [store.load(name)]
    people = store.load_all()
    if not people:
        raise NotEnrolledError("nobody is enrolled", "run: facelatch enroll NAME --source SRC")
    return people


def open_session(arguments: argparse.Namespace, *, follow: bool) -> Session:
    """Loads the chosen models, converting them first where that was never done."""
    import cv2

    from daemon.clients.cli.prepare import load_or_prepare
    from models import zoo

    # As the service: OpenCV's own threads cost more than they save on a picture of 100 kB.
    cv2.setNumThreads(1)
    embedder = load_or_prepare(lambda: zoo.load_embedder(arguments.embedder))
    detector = load_or_prepare(
        lambda: zoo.load_detector(arguments.detector, min_face=arguments.min_face, follow=follow)
    )
    return Session(detector, arguments.detector, embedder)


def liveness_of(arguments: argparse.Namespace, models: Session) -> LivenessCheck | None:
    """What `--liveness` asks of the faces of `--source`; None where it is off, or drawn."""
    from models.liveness.suite import default_suite

    if arguments.liveness == "off" or is_drawn(arguments.source):
        return None
    embedder = models.embedder
    likeness = Likeness.around(embedder.metric, embedder.threshold)
    observer = LivenessObserver(default_suite(), likeness)
    return LivenessCheck(LivenessRule(arguments.liveness), observer)


def source_of(arguments: argparse.Namespace) -> FrameSource:
    """Opens what `--source` names, turned as `--rotate` says."""
    return turned(open_source(arguments.source, pace=not arguments.no_pace), arguments.rotate)


def scene_of(arguments: argparse.Namespace, models: Session, source: FrameSource) -> SceneObserver:
    """What looks at pictures without a face, for the frames of `source`."""
    return SceneObserver(
        models.detector, rotated=arguments.rotate, still=source.still, masked=MaskFinder()
    )

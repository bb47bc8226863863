"""The demo's promise on real people: two photos enrolled, the others come as visitors."""

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

from daemon.clients.cli.prepare import ensure_prepared
from daemon.foreground.enrol import enrol
from daemon.foreground.presence import Arrived, Presence
from daemon.foreground.watch import Watcher
from daemon.recognition.recogniser import Recogniser
from daemon.sources.demo import Clip
from daemon.sources.pictures import read_picture
from daemon.sources.reader import FrameWorker
from enroll.template import Person
from models import calibrations, zoo
from models.detectors.steadying import steadied
from models.pipeline import FacePipeline
from models.scoring.calibration import criterion
from models.scoring.decision import sequence_rule
from models.scoring.security import parse_level
from models.synthetic.clip import photo_shots
from models.types import Analysis, Detection, Detector, Embedder, Image
from tests.daemon.people import people
from tests.data import shared_data

SECONDS = 0.5
LEVELS = {"resnet": "convenient", "mobilefacenet": "strict"}
MISSED = {"resnet": 2, "mobilefacenet": 0}
"""Visits of owners that may be missed. Keeping the promise to every measured group costs resnet
some even at `convenient`: docs/accuracy.md calls it not fit for use.
"""


class SeenOnce:
    """A detector that looks at each picture once: for every embedder the same ones are drawn."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._found: dict[bytes, list[Detection]] = {}
        self._steady: dict[tuple[bytes, int], Detection] = {}

    @property
    def name(self) -> str:
        return self._detector.name

    def detect(self, image: Image) -> list[Detection]:
        key = _digest(image)
        if key not in self._found:
            self._found[key] = self._detector.detect(image)
        return list(self._found[key])

    def steady(self, image: Image, face: Detection) -> Detection:
        # A face is kept as long as this, so that no other has its id.
        key = (_digest(image), id(face))
        if key not in self._steady:
            self._steady[key] = steadied(self._detector, image, face)
        return self._steady[key]


def _digest(image: Image) -> bytes:
    return hashlib.blake2b(image.tobytes(), digest_size=16).digest()


@lru_cache(maxsize=1)
def seen_once() -> SeenOnce:
    """The detector of every stage."""
    return SeenOnce(zoo.load_detector("mtcnn"))


class Remembering(FacePipeline):
    """A pipeline that analyses each frame once, however many galleries ask."""

    _last: tuple[Image, Analysis] | None = None

    def analyse(self, image: Image, *, time: float = math.nan) -> Analysis:
        if self._last is None or self._last[0] is not image:
            self._last = (image, super().analyse(image, time=time))
        return self._last[1]


@dataclass(frozen=True)
class Stage:
    """The models that every visit shares."""

    detector: Detector
    embedder: Embedder
    pipeline: FacePipeline

    def clip(self, files: list[Path]) -> Clip:
        """The people of these photos, one after the other, moved before a camera."""
        images = [read_picture(file) for file in files]
        faces = [self.detector.detect(image)[0].box for image in images]
        shots = photo_shots(images, faces=faces, seconds=SECONDS * len(files))
        return Clip("photos", shots, seed=len(files), pace=False)

    def enrol(self, name: str, files: list[Path]) -> Person:
        """Somebody enrolled from a clip of these photos."""
        with self.clip(files) as source, FrameWorker(source) as worker:
            made = enrol(
                worker,
                self.pipeline,
                self.embedder,
                appearance="default",
                liveness=None,
                seconds=60.0,
            )
        return Person(name, (made.appearance,))

    def visit(self, file: Path, owners: list[Person]) -> set[str]:
        """Whose computers would open: each owner's own is asked about the same frames."""
        decisive = criterion(
            calibrations.load(self.embedder), parse_level(LEVELS[self.embedder.name])
        )
        rule = sequence_rule(far=decisive.share, toll=decisive.toll)
        watchers = [
            (
                Recogniser(self.pipeline, self.embedder, [owner], decisive),
                Watcher(Presence(), rule),
            )
            for owner in owners
        ]
        opened = set()
        with self.clip([file]) as source, FrameWorker(source) as worker:
            while (frame := worker.next()) is not None:
                for recogniser, watcher in watchers:
                    events = watcher.observe(frame.time, recogniser.observe(frame.image), live=True)
                    opened |= {event.name for event in events if isinstance(event, Arrived)}
        return opened


@pytest.fixture(scope="module", params=["resnet", "mobilefacenet"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """The stage with each embedder."""
    if request.param == "mobilefacenet":
        shared_data("weights/mobilefacenet")
    ensure_prepared(["mtcnn", request.param], quiet=True)
    detector, embedder = seen_once(), zoo.load_embedder(request.param)
    return Stage(detector, embedder, Remembering(detector, embedder))


@pytest.mark.slow
def test_each_visit_is_recognised_and_no_stranger_ever(stage: Stage) -> None:
    everybody = people(shared_data("photos"))
    enrolled = {name for name, files in everybody.items() if len(files) >= 3}
    owners = [stage.enrol(name, everybody[name][:2]) for name in sorted(enrolled)]
    visits = [
        (name, file)
        for name, files in everybody.items()
        for file in (files[2:] if name in enrolled else files)
    ]
    assert len(owners) >= 5
    assert len(visits) >= 25
    wrong, missed = {}, []
    for name, file in visits:
        opened, right = stage.visit(file, owners), {name} & enrolled
        if opened - right:
            wrong[f"{name}, {file.name}"] = opened
        if right - opened:
            missed.append(f"{name}, {file.name}")
    assert wrong == {}
    assert len(missed) <= MISSED[stage.embedder.name], missed

"""Real clips of phones, a monitor and a card, and of the living: through the foreground verifier.

Each attack is enrolled from itself, so that only liveness stands between it and a match.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon.api import Verdict
from daemon.clients.cli.prepare import ensure_prepared
from daemon.foreground.enrol import enrol
from daemon.foreground.liveness_check import LivenessCheck
from daemon.foreground.verify import Verification, verify
from daemon.recognition.liveness import LivenessRule
from daemon.recognition.liveness_observer import LivenessObserver
from daemon.recognition.recogniser import Recogniser
from daemon.recognition.same_face import Likeness
from daemon.sources.base import BasicSource, Frame, FrameSource
from daemon.sources.open import open_source
from daemon.sources.reader import FrameWorker
from enroll.errors import EnrollError
from enroll.template import Person
from models import calibrations, zoo
from models.assets import catalogue, weights
from models.liveness.suite import Suite, default_suite
from models.pipeline import FacePipeline
from models.scoring.calibration import criterion
from models.scoring.security import STANDARD
from models.types import Detector, Embedder
from tests.data import shared_data

pytestmark = pytest.mark.slow

ATTACKS = (
    "pairs/a_phone.mp4",
    "pairs/c_screen.mp4",
    "pairs/d_card.mp4",
    "phone_replay.mp4",
    "phone_still_1.mp4",
    "phone_gallery.webm",
)
MOST_FRAMES = 150


class Stitched(BasicSource):
    """Parts of sources, one after the other, on one clock of 30 frames a second."""

    def __init__(self, parts: list[tuple[Path, int]]) -> None:
        super().__init__("stitched", live=False)
        self._frames = self._play(parts)

    def _play(self, parts: list[tuple[Path, int]]) -> Iterator[Frame]:
        count = itertools.count()
        for path, length in parts:
            with open_source(str(path), pace=False) as source:
                for _ in range(length):
                    if (frame := source.read()) is None:
                        break
                    index = next(count)
                    yield Frame(frame.image, index / 30.0, index)

    def read(self) -> Frame | None:
        return next(self._frames, None)

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Networks:
    """Models and cues before which the clips are played."""

    detector: Detector
    embedder: Embedder
    cues: Suite

    def check(self) -> LivenessCheck:
        threshold, metric = self.embedder.threshold, self.embedder.metric
        observer = LivenessObserver(self.cues, Likeness.around(metric, threshold))
        return LivenessCheck(LivenessRule("standard"), observer)

    def enrolled(self, clip: Path, check: LivenessCheck | None = None) -> Person:
        pipeline = FacePipeline(self.detector, self.embedder)
        with Stitched([(clip, MOST_FRAMES)]) as source, FrameWorker(source) as worker:
            made = enrol(
                worker,
                pipeline,
                self.embedder,
                appearance="default",
                liveness=check,
                seconds=120.0,
            )
        return Person("Ada", (made.appearance,))

    def verified(self, person: Person, source: FrameSource, *, alive: bool) -> Verification:
        level = criterion(calibrations.load(self.embedder), STANDARD)
        pipeline = FacePipeline(self.detector, self.embedder)
        recogniser = Recogniser(pipeline, self.embedder, [person], level)
        check = self.check() if alive else None
        with source, FrameWorker(source) as worker:
            return verify(worker, recogniser, still=False, liveness=check, seconds=120.0)


@pytest.fixture(scope="module")
def networks() -> Networks:
    shared_data("spoof")
    missing = [name for name in catalogue.LIVENESS if not weights.installed(catalogue.spec(name))]
    if missing:
        pytest.skip(f"the weights of {', '.join(missing)} are not on this machine")
    ensure_prepared(["mtcnn", "resnet", *catalogue.LIVENESS])
    detector = zoo.load_detector("mtcnn", min_face=60, follow=True)
    return Networks(detector, zoo.load_embedder("resnet"), default_suite())


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_matches_the_person_it_was_enrolled_from(networks: Networks, attack: str) -> None:
    clip = shared_data("spoof") / attack
    person = networks.enrolled(clip)
    without = networks.verified(person, Stitched([(clip, MOST_FRAMES)]), alive=False)
    assert without.verdict is Verdict.MATCHED  # it is liveness alone that keeps it out
    found = networks.verified(person, Stitched([(clip, MOST_FRAMES)]), alive=True)
    assert found.verdict is not Verdict.MATCHED, found.reason


def test_a_face_whose_detail_the_phone_lost_is_not_even_enrolled(networks: Networks) -> None:
    with pytest.raises(EnrollError, match="come closer"):
        networks.enrolled(shared_data("spoof") / "phone_still_2.mp4")


def test_the_living_match(networks: Networks) -> None:
    for name in ("a_live.mp4", "d_live.mp4"):
        clip = shared_data("spoof") / "pairs" / name
        person = networks.enrolled(clip, networks.check())
        found = networks.verified(person, Stitched([(clip, MOST_FRAMES)]), alive=True)
        assert (found.verdict, found.name) == (Verdict.MATCHED, "Ada"), (name, found.reason)


def test_a_moment_of_the_owner_before_a_phone_that_shows_him_is_no_match(
    networks: Networks,
) -> None:
    pairs = shared_data("spoof") / "pairs"
    person = networks.enrolled(pairs / "a_live.mp4")
    for moment in (1, 4):
        parts = [(pairs / "a_phone.mp4", 20), (pairs / "a_live.mp4", moment)] * 3
        parts += [(pairs / "a_phone.mp4", 60)]
        found = networks.verified(person, Stitched(parts), alive=True)
        assert found.verdict is not Verdict.MATCHED, found.reason


def test_a_phone_is_not_enrolled(networks: Networks) -> None:
    clip = shared_data("spoof") / "pairs/a_phone.mp4"
    with pytest.raises(EnrollError, match="a picture of a face"):
        networks.enrolled(clip, networks.check())

"""What one frame says of everybody enrolled."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from daemon.recognition.matcher import Observation, names_in
from daemon.recognition.recogniser import Recogniser
from enroll.template import Appearance, Person, now
from models.pipeline import FacePipeline
from models.scoring.axes import Axes, Axis
from models.scoring.calibration import criterion
from models.scoring.cohort import Commonness
from models.scoring.security import STANDARD
from models.types import Detection, Image
from tests.daemon.fakes import (
    ADA,
    BLURRED_ADA,
    BOB,
    CALIBRATION,
    CRITERION,
    NOBODY,
    PEOPLE,
    FakeDetector,
    FakeEmbedder,
    embedding,
    person,
    picture,
)
from tests.models.calibrated import cohort

STRANGER = 3


def _recogniser(*people: Person) -> Recogniser:
    embedder = FakeEmbedder()
    pipeline = FacePipeline(FakeDetector(), embedder)
    return Recogniser(pipeline, embedder, people or PEOPLE, CRITERION)


def test_a_frame_speaks_for_one_and_against_the_others() -> None:
    seen = _recogniser().observe(picture(ADA))
    (face,) = seen.faces
    assert (face.name, face.matched, face.distance) == ("Ada", True, 0.0)
    assert seen.evidence["Ada"].near
    assert not seen.evidence["Bob"].near
    assert seen.evidence["Ada"].llr == pytest.approx(16.0)
    assert seen.evidence["Bob"].llr == pytest.approx(-8.0)
    assert seen.evidence["Ada"].place == face.detection.box


def test_an_embedding_that_is_held_names_a_face_and_is_no_evidence() -> None:
    recogniser = _recogniser()
    analysis = recogniser.pipeline.analyse(picture(ADA))
    (face,) = analysis.faces
    seen = recogniser.matcher.match(replace(analysis, faces=(replace(face, held=True),)))
    assert seen.evidence == {}
    assert seen.judged is not None
    assert seen.judged.name == "Ada"


@pytest.mark.parametrize("who", [NOBODY, BLURRED_ADA])
def test_a_frame_without_a_usable_face_says_nothing(who: int) -> None:
    assert _recogniser().observe(picture(who)).evidence == {}


def test_a_stranger_speaks_against_everybody() -> None:
    seen = _recogniser().observe(picture(STRANGER))
    assert seen.faces[0].name is None
    assert {name: appearance.near for name, appearance in seen.evidence.items()} == {
        "Ada": False,
        "Bob": False,
    }


def test_whose_templates_another_model_made_is_infinitely_far() -> None:
    seen = _recogniser(person("Ada", ADA, model_id="other:0")).observe(picture(ADA))
    assert seen.evidence["Ada"].llr == CALIBRATION.llr[-1]
    assert not seen.evidence["Ada"].near


def test_the_nearest_appearance_of_a_person_counts() -> None:
    rows = np.stack([embedding(BOB)])
    glasses = Appearance("glasses", now(), FakeEmbedder.model_id, "euclidean", rows)
    both = PEOPLE[0].with_appearance(glasses)
    recogniser = _recogniser(both)
    assert recogniser.observe(picture(BOB)).faces[0].name == "Ada"


class TwoFaces(FakeDetector):
    """A second face beside the first, of this share of its width and height."""

    def __init__(self, share: float) -> None:
        self._share = share

    def detect(self, image: Image) -> list[Detection]:
        (face,) = super().detect(image)
        box = face.box
        small = replace(
            box,
            right=box.left + self._share * box.width,
            bottom=box.top + self._share * box.height,
        )
        return [face, Detection(small, 0.9, face.landmarks + 1)]


class ByOrder(FakeEmbedder):
    """The first face of a frame is Bob, the second Ada."""

    _count = 0

    def embed(self, chips: Sequence[Image]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        del chips
        self._count += 1
        return embedding(BOB if self._count % 2 else ADA)


def two(share: float) -> Observation:
    embedder = ByOrder()
    pipeline = FacePipeline(TwoFaces(share), embedder)
    return Recogniser(pipeline, embedder, PEOPLE, CRITERION).observe(picture(ADA))


def test_only_the_largest_face_is_compared() -> None:
    seen = two(0.7)
    assert [face.name for face in seen.faces] == ["Bob", None]
    assert [face.distance for face in seen.faces] == [0.0, float("inf")]
    assert names_in(seen) == {"Bob"}
    assert (seen.evidence["Bob"].near, seen.evidence["Ada"].near) == (True, False)


def test_of_two_comparable_faces_none_is_compared() -> None:
    seen = two(0.75)
    assert (seen.crowded, seen.judged, seen.evidence) == (True, None, {})
    assert names_in(seen) == frozenset()
    assert [face.distance for face in seen.faces] == [float("inf")] * 2


def test_who_is_there_is_told_of_every_face() -> None:
    embedder = ByOrder()
    pipeline = FacePipeline(TwoFaces(0.9), embedder)
    matcher = Recogniser(pipeline, embedder, PEOPLE, CRITERION).matcher
    assert [one.name for one in matcher.compare(pipeline.analyse(picture(ADA)))] == ["Bob", "Ada"]


def test_a_stricter_person_must_come_nearer() -> None:
    class Cosine(FakeEmbedder):
        metric = "cosine"

        def embed(self, chips: Sequence[Image]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
            near = embedding(int(chips[0][0, 0, 0])) + 0.9 * embedding(50)
            return np.asarray(near, dtype=np.float32)

    crowded = replace(CALIBRATION, metric="cosine", cohort=cohort())
    rows = np.stack([embedding(0)])
    liked = Person("Ada", (Appearance("default", now(), "fake:0", "cosine", rows),))
    loner = Person(
        "Bob", (Appearance("default", now(), "fake:0", "cosine", np.stack([embedding(5)])),)
    )
    embedder = Cosine()
    pipeline = FacePipeline(FakeDetector(), embedder)
    decisive = criterion(crowded, STANDARD)
    recogniser = Recogniser(pipeline, embedder, [liked, loner], decisive)
    assert recogniser.matcher.threshold_of("Bob") == pytest.approx(decisive.threshold)
    assert recogniser.matcher.threshold_of("Ada") < decisive.threshold - 0.1
    assert recogniser.matcher.threshold_of(None) == recogniser.threshold
    assert recogniser.observe(picture(5)).faces[0].name == "Bob"


def test_a_face_that_resembles_everybody_must_come_nearer() -> None:
    common = replace(cohort(), weight_likeness=0.0, commonness=Commonness(8.0, 0.2, 0.2))
    crowded = replace(CALIBRATION, cohort=common)
    embedder = FakeEmbedder()
    decisive = criterion(crowded, STANDARD)
    recogniser = Recogniser(FacePipeline(FakeDetector(), embedder), embedder, PEOPLE, decisive)
    (face,) = recogniser.observe(picture(ADA)).faces
    added = float(crowded.corrections(embedding(ADA))[0])
    assert added > 0.2
    assert face.distance == pytest.approx(added)


def test_whom_a_face_shares_a_group_with_it_must_come_nearer_to() -> None:
    direction = embedding(ADA)[None] / np.linalg.norm(embedding(ADA))
    axes = Axes(direction.astype(np.float64), (Axis(0.0, 1.0, 0.3, 20),))
    grouped = replace(CALIBRATION, axes=axes)
    embedder = FakeEmbedder()
    decisive = criterion(grouped, STANDARD)
    recogniser = Recogniser(FacePipeline(FakeDetector(), embedder), embedder, PEOPLE, decisive)
    (ada,) = recogniser.observe(picture(ADA)).faces
    (bob,) = recogniser.observe(picture(BOB)).faces
    assert ada.distance == pytest.approx(0.3, abs=1e-3)
    assert bob.distance == pytest.approx(0.0, abs=1e-3)

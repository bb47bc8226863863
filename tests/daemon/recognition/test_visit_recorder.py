"""What an attempt gathers of a visit."""

from dataclasses import replace

import numpy as np
import pytest

from daemon.recognition.matcher import FaceMatch
from daemon.recognition.visit_recorder import VisitRecorder
from enroll.template import MOST_ADAPTED, Person
from models.types import Analysis, Box, Detection, Face, Quality
from tests.daemon.fakes import ADA, BOB, embedding, person

MODEL = "fake:0"
STRAIGHT = np.array([(120, 90), (180, 90), (150, 123), (127, 155), (173, 155)], dtype=np.float32)
TURNED = STRAIGHT + np.array([(0, 0), (0, 0), (25, 0), (0, 0), (0, 0)], dtype=np.float32)


def face(who: int, *, quality: float = 0.9, turned: bool = False) -> Face:
    box = Box(90, 40, 210, 190)
    landmarks = TURNED if turned else STRAIGHT
    return Face(Detection(box, 0.99, landmarks.copy()), Quality(quality), embedding(who))


def match(seen: Face, distance: float) -> FaceMatch:
    return FaceMatch(seen.detection, seen.quality, distance, distance < 0.6, "Ada")


def seen(visiting: VisitRecorder, *faces: Face, distance: float = 0.1, known: bool = True) -> None:
    visiting.see(Analysis(faces), match(faces[0], distance), known=known)


def test_a_visit_has_its_farthest_distance_and_its_best_picture() -> None:
    visiting = VisitRecorder(person("Ada", ADA), MODEL)
    best = face(ADA, quality=0.95)
    for one, distance in ((face(ADA), 0.1), (best, 0.3), (face(ADA, turned=True), 0.2)):
        seen(visiting, one, distance=distance)
    visiting.see(Analysis(()), None, known=False)
    visit = visiting.visit(0.6)
    assert visit is not None
    assert (visit.appearance, visit.model_id, visit.threshold) == ("default", MODEL, 0.6)
    assert (visit.frames, visit.farthest, visit.others) == (3, 0.3, 0)
    assert np.array_equal(visit.best.embedding, best.embedding)
    assert visit.best.quality == 0.95
    # Decided at 0.3, though the network itself tells it from the template by nothing.
    assert visit.added == pytest.approx(0.3, abs=1e-6)


def test_a_straight_face_is_worth_more_than_a_turned_one() -> None:
    visiting = VisitRecorder(person("Ada", ADA), MODEL)
    seen(visiting, face(ADA, quality=0.95, turned=True))
    seen(visiting, face(ADA, quality=0.8))
    visit = visiting.visit(0.6)
    assert visit is not None
    assert visit.best.quality == 0.8


def test_a_held_embedding_is_not_kept_with_the_pose_of_another_frame() -> None:
    visiting = VisitRecorder(person("Ada", ADA), MODEL)
    seen(visiting, face(ADA, quality=0.8))
    seen(visiting, replace(face(ADA, quality=0.95), held=True))
    visit = visiting.visit(0.6)
    assert visit is not None
    assert (visit.best.quality, visit.frames) == (0.8, 2)


def test_whoever_else_was_there_is_counted() -> None:
    visiting = VisitRecorder(person("Ada", ADA), MODEL)
    seen(visiting, face(ADA), face(BOB))
    seen(visiting, face(BOB), distance=1.4, known=False)
    seen(visiting, face(ADA))
    visit = visiting.visit(0.6)
    assert visit is not None
    assert visit.others == 2
    assert visit.farthest == 1.4


def test_the_appearance_that_came_nearest_is_the_one_that_was_used() -> None:
    ada = Person(
        "Ada", (*person("Ada", BOB).appearances, *person("Ada", ADA, model_id="old:0").appearances)
    )
    glasses = person("Ada", ADA).appearances[0]
    both = Person(
        "Ada",
        (
            *ada.appearances,
            type(glasses)("glasses", glasses.created, MODEL, "euclidean", glasses.embeddings),
        ),
    )
    visiting = VisitRecorder(both, MODEL)
    seen(visiting, face(ADA))
    visit = visiting.visit(0.6)
    assert visit is not None
    assert (visit.appearance, visit.created) == ("glasses", glasses.created)


def test_without_a_known_face_there_is_no_visit() -> None:
    visiting = VisitRecorder(person("Ada", ADA), MODEL)
    seen(visiting, face(BOB), known=False)
    assert visiting.visit(0.6) is None
    assert VisitRecorder(person("Ada", ADA, model_id="old:0"), MODEL).visit(0.6) is None


def test_the_configuration_s_bound_is_the_template_s() -> None:
    from daemon.config import Adaptation
    from daemon.config.fields import rules

    assert Adaptation().enabled is False
    assert rules(Adaptation)["most"].most == MOST_ADAPTED  # type: ignore[attr-defined]

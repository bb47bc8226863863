import numpy as np
import pytest

from models.liveness.surroundings import SurroundingsCue
from models.synthetic.attacks import RenderedClip, Species
from models.types import Image
from tests.models.liveness.clips import face_at, show, show_at, show_clip
from tests.models.synthetic.photos import owner_photo

EYES = 55.0


def _said(species: Species, seed: int) -> tuple[str, float]:
    cue = SurroundingsCue()
    clip = RenderedClip(species, owner_photo(), seed, seconds=2.5, eyes=EYES)
    show_clip(cue, clip, eyes=EYES)
    evidence = cue.evidence()
    return evidence.reason, evidence.llr


@pytest.mark.parametrize("species", ["phone", "card"])
def test_what_is_held_is_mostly_found(species: Species) -> None:
    said = [_said(species, seed) for seed in range(2)]
    assert sum(llr < -2.0 for _, llr in said) >= 1


def test_a_person_in_a_room_is_never_held() -> None:
    assert all(_said("live", seed)[1] > -2.0 for seed in range(2))


@pytest.mark.parametrize(("squares", "reason"), [(2, "few-move"), (8, "all-moves")])
def test_only_many_points_that_all_move_are_a_moving_camera(squares: int, reason: str) -> None:
    cue = SurroundingsCue()
    for index in range(25):
        frame: Image = np.full((320, 320, 3), 90, np.uint8)
        for number in range(squares):
            left, top = 20 + 30 * number + index, 20 + 12 * (number % 2)
            frame[top : top + 12, left : left + 12] = 200
        show_at(cue, frame, face_at(160 + index, 220, 40.0), index / 30)
    assert cue.evidence().reason == reason


def test_nothing_moved_nothing_told_and_reset_forgets() -> None:
    frame: Image = RenderedClip("phone", owner_photo(), 0).frame_at(0)
    cue = SurroundingsCue()
    show(cue, [frame] * 30, face_at(320, 225, EYES))
    assert not cue.evidence().known
    cue.reset()
    assert cue.evidence().reason == "no-motion"


def test_landmarks_that_are_no_face_tell_nothing() -> None:
    frame: Image = RenderedClip("phone", owner_photo(), 0).frame_at(0)
    cue = SurroundingsCue()
    show(cue, [frame] * 30, face_at(float("nan"), 225, EYES))
    assert not cue.evidence().known

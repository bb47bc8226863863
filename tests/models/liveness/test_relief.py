import numpy as np
import pytest

from models.liveness.nose import NOD, TURN
from models.liveness.relief import (
    AT_REST_SECONDS,
    DEFORMS,
    FLAT_TURN,
    MOVED,
    RELIEF_TURN,
    ROLLED,
    Look,
    Turning,
    has_moved,
    is_in_doubt,
)
from models.types import Array, Landmarks

UNIT = 60.0


def _points() -> Array:
    return np.random.default_rng(3).uniform(100.0, 200.0, (40, 2)).astype(np.float32)


def _rolled(points: Array, angle: float) -> Array:
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = points.mean(axis=0)
    return np.asarray((points - middle) @ turn + middle, dtype=np.float32)


@pytest.mark.parametrize("share", [0.8, 1.2])
def test_a_face_has_moved_once_it_went_or_rolled_far_enough(share: float) -> None:
    before = _points()
    gone = np.array([0.6, -0.8], np.float32) * np.float32(share * MOVED * UNIT)
    assert has_moved(before, before + gone, UNIT) == (share > 1)
    assert has_moved(before, _rolled(before, share * ROLLED), UNIT) == (share > 1)
    assert has_moved(before, _rolled(before, -share * ROLLED), UNIT) == (share > 1)


def test_growing_or_standing_still_is_no_movement() -> None:
    before = _points()
    middle = before.mean(axis=0)
    assert not has_moved(before, before, UNIT)
    assert not has_moved(before, ((before - middle) * 1.02 + middle).astype(np.float32), UNIT)


def _looks(
    *turns: float, moved: bool = True, most: float = 0.0, residual: float = 0.0
) -> list[Look]:
    return [Look(i / 10, 1, moved, turn, most, residual) for i, turn in enumerate(turns)]


def test_who_moved_as_a_plane_is_in_doubt_and_who_did_not_move_is_not() -> None:
    assert is_in_doubt(_looks(0.0))
    assert is_in_doubt(_looks(*[0.0] * 9))
    assert not is_in_doubt(_looks(*[0.0] * 9, moved=False))
    assert not is_in_doubt([])
    assert not is_in_doubt(_looks(*[0.0] * 9, most=1.1 * FLAT_TURN))
    assert is_in_doubt([*_looks(0.0, 0.0, moved=False), Look(0.2, 1, True, 0.0, 0.0, 0.0)])
    rest = [
        Look(time, 2, False, 0.0, 0.0, 0.0) for time in (0.9 * AT_REST_SECONDS, AT_REST_SECONDS)
    ]
    assert is_in_doubt([*_looks(0.0), rest[0]])
    assert not is_in_doubt([*_looks(0.0), *rest])
    blurred = [Look(time / 10, 2, True, 0.0, 1.0, 0.0) for time in range(1, 30)]
    assert is_in_doubt([*_looks(0.0), *blurred])
    assert not is_in_doubt(blurred)


def test_relief_or_deformation_in_two_looks_in_a_row_lifts_the_doubt() -> None:
    more = 1.1 * RELIEF_TURN
    assert not is_in_doubt(_looks(0.0, more, more, 0.0))
    assert not is_in_doubt(_looks(0.0, 0.0, residual=1.1 * DEFORMS))
    assert not is_in_doubt([*_looks(more), Look(0.1, 1, True, 0.0, 0.0, 1.1 * DEFORMS)])
    assert is_in_doubt(_looks(0.0, more, 0.0, more))
    assert is_in_doubt(_looks(0.0, 0.0, residual=0.9 * DEFORMS))


def test_looks_at_two_references_or_far_apart_are_not_in_a_row() -> None:
    more = 1.1 * RELIEF_TURN
    apart = [Look(0.0, 1, True, more, 0.0, 0.0), Look(0.1, 2, True, more, 0.0, 0.0)]
    assert is_in_doubt(apart)
    late = [Look(0.0, 1, True, more, 0.0, 0.0), Look(0.7, 1, True, more, 0.0, 0.0)]
    assert is_in_doubt(late)


def _landmarks(across: float, down: float) -> Landmarks:
    """A face whose nose is `across` and `down` of the eyes' distance from its usual place."""
    face = [[-0.5, 0.0], [0.5, 0.0], [across, 0.57 + down], [-0.4, 1.0], [0.4, 1.0]]
    return (np.array(face, np.float32) * np.float32(UNIT) + 200).astype(np.float32)


def _turning(*noses: tuple[float, float]) -> Turning:
    turning = Turning(remembered_seconds=2.0)
    for index, (across, down) in enumerate(noses):
        turning.see(index / 10, _landmarks(across, down))
    return turning


@pytest.mark.parametrize("nose", [(0.3 * TURN, 0.0), (-0.3 * TURN, 0.0), (0.0, 0.3 * NOD)])
def test_who_turns_or_nods_as_in_an_answer_is_no_plane(nose: tuple[float, float]) -> None:
    more = (1.1 * nose[0], 1.1 * nose[1])
    less = (0.8 * nose[0], 0.8 * nose[1])
    assert _turning(*[(0.0, 0.0)] * 5, *[more] * 5).has_turned(1.0)
    assert not _turning(*[(0.0, 0.0)] * 5, *[less] * 5).has_turned(1.0)
    assert not _turning(*[(0.0, 0.0)] * 5, *[more] * 5).has_turned(4.0)


def test_a_landmark_that_jumps_in_single_frames_is_no_turn() -> None:
    still, jump = (0.0, 0.0), (0.5, 0.0)
    turning = _turning(*[still, still, still, jump, still, jump, still, still] * 2)
    assert not turning.has_turned(1.5)
    turning.see(1.6, np.full((5, 2), np.nan, np.float32))
    assert not turning.has_turned(1.6)
    turned = _turning(*[still] * 5, *[jump] * 5)
    turned.reset()
    assert not turned.has_turned(1.0)

"""Drawn clips: the same again for the same seed, and faces that stay in the picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import UsageError
from models.synthetic.clip import DrawnClip, Shot, draw_sway, photo_shots, pose_at
from models.synthetic.drawing import CLIP_SIZE, indoor_scene
from models.synthetic.portraits import OWNER, portrait_subject


def _clip(seed: int) -> DrawnClip:
    shots = [Shot(portrait_subject(OWNER), indoor_scene(), 0.5, visit=True)]
    return DrawnClip(shots, fps=20, seed=seed)


def test_a_frame_is_the_same_whatever_was_drawn_before() -> None:
    one, same, other = _clip(3), _clip(3), _clip(4)
    assert one.frame_count == 10
    assert np.array_equal(one.frame_at(5), same.frame_at(5))
    assert np.array_equal(one.frame_at(2), same.frame_at(2))
    assert not np.array_equal(one.frame_at(5), other.frame_at(5))


def test_a_clip_needs_shots_and_a_rate_and_photos() -> None:
    with pytest.raises(UsageError, match="a shot at least"):
        DrawnClip([])
    with pytest.raises(UsageError, match="240"):
        DrawnClip([Shot(None, indoor_scene(), 1.0)], fps=float("nan"))
    with pytest.raises(UsageError, match="a photo at least"):
        photo_shots([])


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32), time=st.floats(0, 3600))
def test_a_swaying_face_stays_in_the_frame(seed: int, time: float) -> None:
    pose = pose_at(draw_sway(np.random.default_rng(seed), 140.0), time, CLIP_SIZE)
    assert 120 <= pose.face_height <= 160
    assert pose.face_height / 2 < pose.x < CLIP_SIZE[0] - pose.face_height / 2
    assert pose.face_height / 2 < pose.y < CLIP_SIZE[1] - pose.face_height / 2

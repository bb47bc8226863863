"""Drawn clips: the same again for the same seed, and faces that stay in the picture."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ImageError, UsageError
from models.synthetic.clip import DrawnClip, Shot, draw_sway, photo_shots, pose_at
from models.synthetic.drawing import CLIP_SIZE, indoor_scene
from models.synthetic.portraits import OWNER, STRANGER, load_portrait, portrait_subject
from models.types import Image


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


def test_a_clip_of_photos_shows_each_in_turn() -> None:
    photos = [load_portrait(OWNER), load_portrait(STRANGER)]
    clip = DrawnClip(photo_shots(photos, faces=[OWNER.face, STRANGER.face], seconds=4))
    assert clip.frame_count == 120
    moments = [clip.frame_at(index) for index in (10, 40, 70, 110)]
    assert all(frame.shape == (480, 640, 3) for frame in moments)
    haar = cv2.CascadeClassifier(
        f"{cv2.data.haarcascades}haarcascade_frontalface_default.xml"  # type: ignore[attr-defined]
    )
    seen = [haar.detectMultiScale(frame, 1.1, 6, minSize=(80, 80)) for frame in moments]
    assert sum(bool(len(faces)) for faces in seen) >= 3
    within = np.abs(moments[0].astype(int) - moments[1]).mean()
    across = np.abs(moments[1].astype(int) - moments[2]).mean()
    assert across > within


def _photo(*, side: int = 200) -> Image:
    return np.full((side, side, 3), 1, dtype=np.uint8)


def test_photos_that_make_no_clip_are_refused() -> None:
    with pytest.raises(UsageError):
        photo_shots([_photo()], seconds=float("nan"))
    with pytest.raises(UsageError):
        DrawnClip(photo_shots([_photo()]), fps=0)
    with pytest.raises(UsageError):
        photo_shots([_photo()], size=(100_000, 100_000))
    with pytest.raises(ImageError, match="too small"):
        photo_shots([_photo(side=12)])
    with pytest.raises(ValueError, match="shorter"):
        photo_shots([_photo()], faces=[])

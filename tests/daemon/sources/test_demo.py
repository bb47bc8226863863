import subprocess
import sys
from itertools import pairwise

import cv2
import numpy as np
import pytest

from daemon.errors import SourceError
from daemon.sources.demo import (
    OWNER_NAME,
    STORY,
    Clip,
    open_demo,
)
from models.synthetic.clip import FPS, WALK_SECONDS, Shot
from models.synthetic.drawing import indoor_scene
from models.types import Image


@pytest.fixture(scope="module")
def haar() -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(
        f"{cv2.data.haarcascades}haarcascade_frontalface_default.xml"  # type: ignore[attr-defined]
    )


def face_heights(haar: cv2.CascadeClassifier, image: Image) -> list[int]:
    return [int(height) for *_, height in haar.detectMultiScale(image, 1.1, 6, minSize=(80, 80))]


def at(clip: Clip, seconds: float) -> Image:
    return clip.frame_at(round(seconds * FPS))


@pytest.mark.parametrize("part", ["owner", "stranger"])
def test_a_detector_sees_one_face_of_the_promised_size(
    haar: cv2.CascadeClassifier, part: str
) -> None:
    clip = open_demo(part, pace=False)
    found = [face_heights(haar, at(clip, second)) for second in np.arange(0, 8, 0.5)]
    assert sum(len(heights) == 1 for heights in found) >= 14
    # Haar's square is as high as a face is wide, and a little more.
    assert all(85 <= height <= 190 for heights in found for height in heights)


def test_nobody_is_in_the_empty_clip(haar: cv2.CascadeClassifier) -> None:
    clip = open_demo("empty", pace=False)
    assert not any(face_heights(haar, at(clip, second)) for second in range(8))


def test_the_story_has_no_gaps_and_tells_what_the_product_does() -> None:
    assert STORY[0].start == 0
    assert all(after.start == scene.end for scene, after in pairwise(STORY))
    assert [scene.who for scene in STORY] == ["stranger", "owner", None, "owner"]
    assert open_demo("story", pace=False).frame_count == STORY[-1].end * FPS
    assert OWNER_NAME == "Eileen"


def test_in_the_story_people_enter_and_leave(haar: cv2.CascadeClassifier) -> None:
    clip = open_demo("story", pace=False)
    for scene in STORY:
        seen = bool(face_heights(haar, at(clip, scene.start + scene.seconds / 2)))
        assert seen == (scene.who is not None)
        if scene.who is not None:
            early, late = at(clip, scene.start), at(clip, scene.end - 1 / FPS)
            assert not face_heights(haar, early)
            assert not face_heights(haar, late)
            walking = at(clip, scene.start + WALK_SECONDS * 0.6)
            assert np.abs(walking.astype(int) - early.astype(int)).mean() > 3


def test_frames_come_lazily_in_order_and_end() -> None:
    clip = Clip("x", [Shot(None, indoor_scene(), 0.2)], fps=30, pace=False)
    frames = [clip.read() for _ in range(8)]
    assert frames[6:] == [None, None]
    times = [frame.time for frame in frames[:6] if frame is not None]
    assert times == pytest.approx([index / 30 for index in range(6)])


def test_the_same_seed_gives_the_same_frames() -> None:
    one, same = (open_demo("owner", pace=False, seed=3) for _ in range(2))
    other = open_demo("owner", pace=False, seed=4)
    assert np.array_equal(one.frame_at(31), same.frame_at(31))
    assert not np.array_equal(one.frame_at(31), other.frame_at(31))
    first = one.read()
    assert first is not None
    assert np.array_equal(first.image, same.frame_at(0))
    assert not np.array_equal(one.frame_at(0), one.frame_at(1))


def test_a_part_that_is_none_is_refused_and_a_clip_without_pace_is_not_live() -> None:
    with pytest.raises(SourceError, match="one of owner, stranger, empty, story"):
        open_demo("nobody")
    assert not open_demo("owner", pace=False).live


def test_closing_ends_a_paced_clip() -> None:
    clip = open_demo("empty")
    assert clip.read() is not None
    clip.close()
    clip.close()
    assert clip.read() is None


def test_the_demo_imports_neither_package_its_portraits_come_from() -> None:
    code = (
        "import sys; from daemon.sources.open import open_source; open_source('demo').read();"
        "print(sorted({'skimage', 'matplotlib', 'tensorflow', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.assets import shipped
from models.errors import ImageError, NotInstalledError, UsageError
from models.synthetic.drawing import Pose, backdrop, compose, cut_out, indoor_scene
from models.synthetic.portraits import (
    OWNER,
    STRANGER,
    Portrait,
    load_portrait,
    portrait_path,
    portrait_subject,
    random_pose,
)
from models.types import Box
from tests.portraits import owner_portrait, stranger_portrait, vary, vary_portrait

CENTRE = Pose(x=320, y=230, face_height=140)


def test_the_portraits_are_here_and_their_faces_where_they_are_said_to_be() -> None:
    haar = cv2.CascadeClassifier(
        f"{cv2.data.haarcascades}haarcascade_frontalface_default.xml"  # type: ignore[attr-defined]
    )
    for portrait, image in ((OWNER, owner_portrait()), (STRANGER, stranger_portrait())):
        assert image.shape == (portrait.size[1], portrait.size[0], 3)
        faces = haar.detectMultiScale(image, 1.1, 8, minSize=(60, 60))
        assert len(faces) == 1
        x, y, width, height = (float(value) for value in faces[0])
        box = portrait.face
        assert x + width / 2 == pytest.approx((box.left + box.right) / 2, abs=0.2 * box.height)
        assert y + height / 2 == pytest.approx((box.top + box.bottom) / 2, abs=0.2 * box.height)


def test_a_missing_or_other_portrait_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The demo's own environment has them beside its packages.
    monkeypatch.setattr(shipped, "portraits", lambda: tmp_path)
    with pytest.raises(NotInstalledError, match=r"scikit-image is not on this machine; run: pip"):
        load_portrait(replace(OWNER, path="data/nothing.png"))
    with pytest.raises(NotInstalledError):
        load_portrait(replace(OWNER, package="no_such_package"))
    with pytest.raises(ImageError, match="is not the portrait"):
        load_portrait(replace(OWNER, size=(1, 1)))


def test_a_portrait_beside_the_packages_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "astronaut.png").write_bytes(portrait_path(OWNER).read_bytes())
    monkeypatch.setattr(shipped, "portraits", lambda: tmp_path)
    alone = replace(OWNER, package="no_such_package")
    assert np.array_equal(load_portrait(alone), owner_portrait())


@settings(max_examples=20, deadline=None)
@given(
    portrait=st.sampled_from([OWNER, STRANGER]),
    seed=st.integers(0, 1000),
    size=st.sampled_from([(320, 240), (640, 480), (480, 640)]),
)
def test_varied_pictures_repeat_and_differ(
    portrait: Portrait, seed: int, size: tuple[int, int]
) -> None:
    def draw(number: int) -> np.ndarray:
        return vary_portrait(portrait, np.random.default_rng(number), size=size)

    picture = draw(seed)
    assert picture.shape == (size[1], size[0], 3)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, draw(seed))
    assert not np.array_equal(picture, draw(seed + 1))


def test_any_picture_can_be_varied_with_and_without_a_known_face() -> None:
    image = owner_portrait()
    for face in (None, OWNER.face):
        picture = vary(image, np.random.default_rng(0), face=face)
        assert picture.shape == (480, 640, 3)
        assert picture.std() > 20


@given(seed=st.integers(0, 2**32), high=st.floats(20, 240))
def test_the_whole_face_is_in_the_frame(seed: int, high: float) -> None:
    pose = random_pose(np.random.default_rng(seed), size=(320, 240), face_height=(20, high))
    assert 20 <= pose.face_height <= high
    assert pose.face_height * 0.4 <= pose.x <= 320 - pose.face_height * 0.4
    assert pose.face_height * 0.5 <= pose.y <= 240 - pose.face_height * 0.5


def test_numbers_out_of_bounds_are_refused() -> None:
    rng = np.random.default_rng(0)
    nan = float("nan")
    for size in ((0, 480), (640, 100_000)):
        with pytest.raises(UsageError, match="each side"):
            random_pose(rng, size=size)
    for heights in ((0.0, 10.0), (50.0, 40.0), (100.0, 1000.0), (nan, 100.0)):
        with pytest.raises(UsageError, match="px high"):
            random_pose(rng, face_height=heights)
    for box in (Box(0, 0, 4, 4), Box(nan, 0, nan, 100), Box(50, 50, 10, 10)):
        with pytest.raises(ImageError, match="too small"):
            cut_out(owner_portrait(), face=box)
    with pytest.raises(ImageError):
        cut_out(np.zeros((50, 50), np.uint8))


def test_the_person_covers_the_scene_and_the_scene_shows_beside_her() -> None:
    subject = portrait_subject(OWNER)
    scene = np.full((480, 640, 3), (0, 255, 0), np.uint8)
    frame = compose(subject, CENTRE, scene)
    green = (frame[..., 1] > 240) & (frame[..., 0] < 20)
    assert green[:20].all()
    assert not green[200:260, 290:350].any()


def test_the_camera_does_what_the_pose_says() -> None:
    subject = portrait_subject(STRANGER)
    scene = indoor_scene()
    plain = compose(subject, CENTRE, scene).astype(int)
    dark = compose(subject, replace(CENTRE, gain=0.5), scene).astype(int)
    warm = compose(subject, replace(CENTRE, warmth=0.2), scene).astype(int)
    side = compose(subject, replace(CENTRE, side_light=0.3), scene).astype(int)
    soft = compose(subject, replace(CENTRE, blur=1.5), scene)
    noisy = compose(subject, replace(CENTRE, noise=5.0), scene, np.random.default_rng(0))
    assert dark.mean() == pytest.approx(plain.mean() / 2, abs=3)
    assert (warm[..., 2] - warm[..., 0]).mean() > (plain[..., 2] - plain[..., 0]).mean() + 20
    assert side[:, 600:].mean() > plain[:, 600:].mean()
    assert side[:, :40].mean() < plain[:, :40].mean()
    sharp = cv2.Laplacian(plain.astype(np.uint8), cv2.CV_64F).var()
    assert cv2.Laplacian(soft, cv2.CV_64F).var() < sharp / 2
    assert (noisy.astype(int) - plain).std() == pytest.approx(5.0, rel=0.15)


def test_no_face_is_left_in_a_backdrop() -> None:
    spread = backdrop(stranger_portrait(), (640, 480))
    assert spread.shape == (480, 640, 3)
    assert cv2.Laplacian(spread, cv2.CV_64F).var() < 5


def test_a_scene_that_others_share_cannot_be_painted_over() -> None:
    with pytest.raises(ValueError, match="read-only"):
        indoor_scene()[0, 0] = 0

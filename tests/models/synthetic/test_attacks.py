import cv2
import numpy as np
import pytest

from models.errors import UsageError
from models.synthetic.attacks import ATTACKS, SPECIES, RenderedClip, Species
from models.types import Image
from tests.models.synthetic.photos import owner_photo


@pytest.mark.parametrize("species", SPECIES)
def test_a_clip_is_the_same_for_one_seed_and_another_for_another(species: Species) -> None:
    frames = [RenderedClip(species, owner_photo(), seed).frame_at(4) for seed in (1, 1, 2)]
    assert frames[0].shape == (480, 640, 3)
    assert np.array_equal(frames[0], frames[1])
    assert not np.array_equal(frames[0], frames[2])


@pytest.mark.parametrize("species", [kind for kind in SPECIES if kind != "frozen"])
def test_it_moves_and_never_twice_alike(species: Species) -> None:
    clip = RenderedClip(species, owner_photo(), 3, seconds=1.0)
    frames = [clip.frame_at(index) for index in range(0, 30, 6)]
    digests = {frame.tobytes() for frame in frames}
    assert len(digests) == len(frames) == len(list(clip)) // 6
    apart = np.abs(frames[0].astype(int) - frames[-1].astype(int))
    assert (apart > 25).mean() > 0.005


def _corners(before: Image, after: Image) -> tuple[np.ndarray, np.ndarray]:
    """Corners in the middle of the frame and where they went, in grey."""
    grey = [np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)) for frame in (before, after)]
    mask = np.zeros_like(grey[0])
    mask[150:330, 230:410] = 255
    points = cv2.goodFeaturesToTrack(grey[0], 80, 0.01, 6, mask=mask)
    moved, found, _ = cv2.calcOpticalFlowPyrLK(grey[0], grey[1], points, points.copy())
    back, _, _ = cv2.calcOpticalFlowPyrLK(grey[1], grey[0], moved, moved.copy())
    good = (found.ravel() == 1) & (np.abs(back - points).reshape(-1, 2).max(axis=1) < 0.3)
    return points.reshape(-1, 2)[good], moved.reshape(-1, 2)[good]


def _residual(species: Species, seed: int) -> float:
    """Pixels by which a face's corners miss the homography that fits them best, rms."""
    clip = RenderedClip(species, owner_photo(), seed, eyes=75.0, moving=False)
    worst = 0.0
    for index in (15, 30, 45, 60):
        before, after = _corners(clip.frame_at(0), clip.frame_at(index))
        if len(before) < 12:
            continue
        matrix, _ = cv2.findHomography(before, after)
        mapped = cv2.perspectiveTransform(before[None], matrix)[0]
        worst = max(worst, float(np.sqrt(((mapped - after) ** 2).sum(axis=1).mean())))
    return worst


def test_a_sheet_follows_a_homography_and_a_head_does_not() -> None:
    heads = [_residual("live", seed) for seed in range(4)]
    sheets = [_residual("print", seed) for seed in range(4)]
    assert np.median(sheets) < 0.6
    assert np.median(heads) > 2 * np.median(sheets)


def test_a_frozen_stream_repeats_itself_exactly_in_its_scene() -> None:
    for seed in range(4):
        clip = RenderedClip("frozen", owner_photo(), seed, seconds=4.0)
        later = clip.frame_at(36 + 36)
        assert np.array_equal(later, clip.frame_at(0)) or np.array_equal(later, clip.frame_at(36))


def test_half_of_the_screens_play_a_clip() -> None:
    moving = [RenderedClip("phone", owner_photo(), seed).moving for seed in range(20)]
    assert 4 <= sum(moving) <= 16
    assert not RenderedClip("print", owner_photo(), 1, moving=True).moving


def test_a_clip_out_of_bounds_is_refused() -> None:
    with pytest.raises(UsageError):
        RenderedClip("live", owner_photo(), 0, seconds=0)
    with pytest.raises(UsageError):
        RenderedClip("live", owner_photo(), 0, eyes=10.0)
    with pytest.raises(UsageError):
        RenderedClip("mask", owner_photo(), 0)  # type: ignore[arg-type]
    assert "live" not in ATTACKS and len(ATTACKS) == len(SPECIES) - 1

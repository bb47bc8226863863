import numpy as np

from models.liveness.evidence import Observation
from models.liveness.moire import PEAK, MoireCue, peak
from models.types import Image
from tests.models.liveness.clips import face_at, show
from tests.models.synthetic.photos import OWNER_LANDMARKS, owner_photo

FACE = face_at(320.0, 200.0, 70.0)


def _smooth(seed: int = 0) -> np.ndarray:
    """Something like skin under soft light, with a sensor's noise."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(-1, 1, 640), np.linspace(-1, 1, 480))
    base = 140 + 40 * np.cos(2 * x) * np.cos(3 * y)
    return np.asarray(base + rng.normal(0, 3, base.shape))


def _frames(stripes: float) -> list[Image]:
    wave = stripes * np.sin(np.arange(640) * 2 * np.pi * 0.27)[None, :]
    grey = [np.clip(_smooth(seed) + wave, 0, 255) for seed in range(60)]
    return [np.repeat(one[..., None], 3, axis=2).astype(np.uint8) for one in grey]


def test_stripes_of_a_screen_are_found_and_skin_has_none() -> None:
    screen, skin = MoireCue(), MoireCue()
    show(screen, _frames(8.0), FACE)
    show(skin, _frames(0.0), FACE)
    assert screen.evidence().reason == "stripes"
    assert not skin.evidence().known


def test_a_photographed_face_has_no_such_peak() -> None:
    image = owner_photo().image
    x, y = OWNER_LANDMARKS.mean(axis=0).astype(int)
    grey = np.ascontiguousarray(image[y - 40 : y + 40, x - 40 : x + 40, 1])
    assert peak(grey) < PEAK / 2


def test_few_or_small_faces_tell_nothing_and_reset_forgets() -> None:
    cue = MoireCue()
    frames = _frames(8.0)
    show(cue, frames[:10], FACE)
    assert not cue.evidence().known
    cue.reset()
    show(cue, frames, face_at(320.0, 200.0, 15.0))
    assert not cue.evidence().known
    cue.reset()
    cue.observe(Observation(float("nan"), frames[0], FACE))
    assert not cue.evidence().known


def test_an_even_picture_has_no_peak() -> None:
    assert peak(np.full((128, 128), 90, np.uint8)) == 0.0

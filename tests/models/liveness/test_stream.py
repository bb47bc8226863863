import numpy as np

from models.liveness.evidence import Observation
from models.liveness.stream import StreamCue
from models.synthetic.attacks import RenderedClip
from models.types import Image
from tests.models.liveness.clips import face_at
from tests.models.synthetic.photos import owner_photo

FACE = face_at(160.0, 110.0, 40.0)


def _frames(count: int, seed: int = 0) -> list[Image]:
    """A pattern that drifts, with noise that never repeats."""
    rng = np.random.default_rng(seed)
    base = np.random.default_rng(99).uniform(40, 200, (12, 16, 3))
    frames = []
    for index in range(count):
        moved = np.roll(np.kron(base, np.ones((20, 20, 1))), (index * 3, index * 7), (0, 1))
        frames.append(np.clip(moved + rng.normal(0, 2, moved.shape), 0, 255).astype(np.uint8))
    return frames


def _show(cue: StreamCue, frames: list[Image], *, start: float = 0.0) -> float:
    for index, frame in enumerate(frames):
        cue.observe(Observation(start + index / 30, frame, FACE))
    return start + len(frames) / 30


def test_a_camera_is_fresh() -> None:
    cue = StreamCue()
    _show(cue, _frames(90))
    assert cue.evidence().reason == "fresh"
    assert cue.evidence().llr == 0.0


def test_few_frames_tell_nothing() -> None:
    cue = StreamCue()
    _show(cue, _frames(5))
    assert not cue.evidence().known


def test_one_frame_that_comes_again_after_others_is_a_loop() -> None:
    cue = StreamCue()
    frames = _frames(40)
    _show(cue, [*frames, frames[3]])
    assert cue.evidence().reason == "looped"
    cue.reset()
    _show(cue, _frames(40))
    assert cue.evidence().reason == "fresh"


def test_a_driver_that_repeats_each_frame_is_no_attack_but_a_frozen_stream_is() -> None:
    slow, frozen = StreamCue(), StreamCue()
    _show(slow, [frame for frame in _frames(30) for _ in range(3)])
    assert slow.evidence().reason == "fresh"
    _show(frozen, [*_frames(10), *[_frames(1, seed=5)[0]] * 40])
    assert frozen.evidence().reason == "frozen"


def test_a_recording_encoded_anew_is_nearly_looped() -> None:
    cue = StreamCue()
    again = _frames(60)
    other_noise = np.random.default_rng(7)
    later = [
        np.clip(frame + other_noise.normal(0, 1, frame.shape), 0, 255).astype(np.uint8)
        for frame in again
    ]
    _show(cue, [*again, *later])
    assert cue.evidence().reason == "nearly-looped"


def test_times_that_repeat_or_fall_are_evidence() -> None:
    cue = StreamCue()
    end = _show(cue, _frames(20))
    for time in (end - 1 / 30, 0.0, float("nan")):
        cue.reset()
        _show(cue, _frames(20))
        cue.observe(Observation(time, _frames(1, seed=3)[0], FACE))
        assert cue.evidence().reason == "repeated-time"


def test_rendered_streams_that_stop_or_loop_are_found_and_living_ones_are_not() -> None:
    for seed in range(3):
        said = {}
        for species in ("frozen", "live"):
            cue = StreamCue()
            clip = RenderedClip(species, owner_photo(), seed, seconds=2.6)
            _show(cue, list(clip))
            said[species] = cue.evidence().reason
        assert said["frozen"] in ("frozen", "looped")
        assert said["live"] == "fresh"

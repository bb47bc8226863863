import numpy as np
import pytest

from models.liveness.depth import DepthCue, Sample, best_turn, flatness
from models.synthetic.attacks import RenderedClip, Species
from tests.models.liveness.clips import face_at, show, show_clip
from tests.models.synthetic.photos import owner_photo

EYES = 60.0


def _clip(species: Species, seed: int, *, moving: bool = False) -> RenderedClip:
    return RenderedClip(species, owner_photo(), seed, seconds=1.5, eyes=EYES, moving=moving)


def test_a_turning_head_has_depth() -> None:
    said = []
    for seed in range(3):
        cue = DepthCue()
        show_clip(cue, _clip("live", seed), eyes=EYES)
        said.append(cue.evidence())
    assert sum(evidence.reason == "depth" and evidence.llr > 1.0 for evidence in said) >= 2


@pytest.mark.parametrize("species", ["print", "bent", "phone", "cut-out"])
def test_what_is_flat_or_bent_never_has(species: Species) -> None:
    for seed in range(2):
        cue = DepthCue()
        show_clip(cue, _clip(species, seed), eyes=EYES)
        assert cue.evidence().llr < 1.0


def test_a_cut_out_in_a_hand_is_in_doubt_and_a_turning_head_is_not() -> None:
    for seed in range(2):
        cut_out, head = DepthCue(), DepthCue()
        show_clip(cut_out, _clip("cut-out", seed), eyes=EYES)
        show_clip(head, _clip("live", seed), eyes=EYES)
        assert cut_out.evidence().reason in ("no-relief", "flat")
        assert head.evidence().reason not in ("no-relief", "flat")


def test_a_still_picture_gives_no_evidence_and_reset_forgets() -> None:
    cue = DepthCue()
    clip = _clip("live", 0)
    show(cue, [clip.frame_at(0)] * 40, face_at(320, 225, EYES))
    assert not cue.evidence().known
    cue.reset()
    show_clip(cue, clip, eyes=EYES)
    assert cue.evidence().known
    cue.reset()
    assert cue.evidence().reason == "no-motion"


def test_times_that_do_not_rise_are_not_looked_at() -> None:
    cue, other = DepthCue(), DepthCue()
    clip = _clip("live", 0)
    show(cue, clip, face_at(320, 225, EYES), fps=1e9)
    assert not cue.evidence().known
    show(other, clip, face_at(float("nan"), 225, EYES))
    assert not other.evidence().known


def test_single_living_frames_among_those_of_a_print_are_no_depth() -> None:
    cue = DepthCue()
    alive, sheet = _clip("live", 0), _clip("print", 0)
    frames = [(alive if index % 9 == 0 else sheet).frame_at(index) for index in range(45)]
    show(cue, frames, face_at(320, 225, EYES))
    assert cue.evidence().llr <= 0.0


def _samples(
    *turns: float, reference: int = 1, most: float = 1.0, stretch: float = 0.0
) -> list[Sample]:
    return [Sample(i / 10, turn, most, stretch, reference) for i, turn in enumerate(turns)]


def test_one_look_alone_is_not_believed() -> None:
    assert best_turn(_samples(0.0, 0.5, 0.0, 0.0)) == 0.0
    assert best_turn(_samples(0.0, 0.5, 0.4, 0.1)) == 0.1
    slow = [Sample(float(index), 0.5, 1.0, 0.0, 1) for index in range(5)]
    assert best_turn(slow) == 0.0
    assert best_turn(_samples(0.5) + _samples(0.5, reference=2) + _samples(0.5, reference=3)) == 0.0
    assert best_turn([]) == 0.0


def test_flat_is_what_turned_and_showed_no_depth() -> None:
    assert flatness(_samples(*[0.0] * 12, most=0.02, stretch=0.06)) == 1.0
    assert flatness(_samples(*[0.0] * 12, most=0.2, stretch=0.06)) == 0.0
    assert flatness(_samples(*[0.0] * 12, most=0.02, stretch=0.001)) == 0.0
    assert np.isclose(flatness(_samples(*[0.0] * 6, most=0.02, stretch=0.06)), 0.5)

"""Clips of photos: which of them are played."""

from models.evaluation import photo_clips


def test_a_sample_of_clips_is_always_the_same() -> None:
    chosen = photo_clips.Chosen({0: [0], 1: [1]}, [(row % 2, row) for row in range(100)])
    one, again = (photo_clips.sampled(chosen, 20).probes for _ in range(2))
    assert one == again == sorted(one, key=lambda probe: probe[1])
    assert (len(set(one)), set(one) <= set(chosen.probes)) == (20, True)
    assert {person for person, _ in one} == {0, 1}
    assert photo_clips.sampled(chosen, 101) is chosen
    assert photo_clips.sampled(chosen, None) is chosen

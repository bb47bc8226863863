"""Clips of photos: which of them are played."""

from models.evaluation import photo_clips


def test_a_sample_of_clips_is_always_the_same() -> None:
    people = 20
    enrolled = {person: [person] for person in range(people)}
    chosen = photo_clips.Chosen(enrolled, [(row % people, row) for row in range(200)])
    one, again = (photo_clips.sampled(chosen, 30).probes for _ in range(2))
    assert one == again == sorted(one)
    assert (len(set(one)), set(one) <= set(chosen.probes)) == (30, True)
    assert [sum(who == person for who, _ in one) for person in {who for who, _ in one}] == 5 * [6]
    assert photo_clips.sampled(chosen, 201) is chosen
    assert photo_clips.sampled(chosen, None) is chosen

"""Which frames an enrolment keeps, and when it refuses."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enroll.errors import EnrollError
from enroll.guide.selection import MOST_KEPT, Sample, Selection, choose
from models.errors import UsageError
from models.scoring.matching import distances
from models.types import Analysis, Box, Detection, Embedding, Face, Metric, Quality

DIMENSION = 128
GOOD = Quality(0.9)
METRICS: list[tuple[Metric, float]] = [("euclidean", 0.6), ("cosine", 0.6)]


def person(seed: int) -> Embedding:
    """The centre of a made-up person: random unit vectors are 1.4 apart, cosine distance 1."""
    vector = np.random.default_rng(seed).normal(size=DIMENSION)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def frames(who: int, count: int, *, spread: float = 0.3, seed: int = 0) -> list[Sample]:
    """Frames at about `spread` from the person's centre, labelled by person and number."""
    noise = np.random.default_rng(1000 * who + seed).normal(size=(count, DIMENSION))
    noise *= spread / np.linalg.norm(noise, axis=1, keepdims=True)
    rows = (person(who) + noise).astype(np.float32)
    return [Sample(row, GOOD, label=f"{who}-{n}") for n, row in enumerate(rows)]


def marked(sample: Sample, score: float, *reasons: str, faces: int = 1) -> Sample:
    return Sample(sample.embedding, Quality(score, reasons), faces, sample.label)


def chosen(
    samples: list[Sample], metric: Metric = "euclidean", threshold: float = 0.6
) -> Selection:
    return choose(samples, threshold=threshold, metric=metric)


def test_one_picture_is_enough() -> None:
    (sample,) = frames(1, 1)
    selection = chosen([sample])
    assert np.array_equal(selection.embeddings, sample.embedding[None])
    assert selection.kept == (0,)
    assert not selection.rejected


@pytest.mark.parametrize(("metric", "threshold"), METRICS)
def test_of_many_varied_frames_ten_are_kept(metric: Metric, threshold: float) -> None:
    selection = chosen(frames(1, 60), metric, threshold)
    assert len(selection.kept) == MOST_KEPT == len(set(selection.kept))
    assert selection.rejected == {"much like another": 50}


@pytest.mark.parametrize(("metric", "threshold"), METRICS)
def test_frames_of_one_moment_are_kept_once(metric: Metric, threshold: float) -> None:
    moments = frames(1, 3)
    still = [
        Sample(moment.embedding + np.float32(1e-4) * step, GOOD)
        for moment in moments
        for step in range(20)
    ]
    selection = chosen(still, metric, threshold)
    assert sorted(index // 20 for index in selection.kept) == [0, 1, 2]


def test_the_choice_is_more_varied_than_the_first_frames() -> None:
    slow_turn = [Sample(person(1) + np.float32(n / 200) * person(2), GOOD) for n in range(100)]
    kept = chosen(slow_turn).embeddings
    turned = (kept - person(1)) @ person(2)
    assert turned.max() - turned.min() > 0.35


def test_the_most_typical_frame_comes_first() -> None:
    samples = [*frames(1, 10), Sample(person(1), GOOD, label="centre")]
    assert chosen(samples).kept[0] == 10


@pytest.mark.parametrize(("metric", "threshold"), METRICS)
@pytest.mark.parametrize("place", range(4))
def test_three_photos_of_one_person_and_one_of_another_are_refused(
    metric: Metric, threshold: float, place: int
) -> None:
    samples = frames(1, 3)
    samples.insert(place, frames(2, 1)[0])
    with pytest.raises(EnrollError, match=r"more than one person: 1 of 4 .*\(2-0\)"):
        chosen(samples, metric, threshold)


@pytest.mark.parametrize(("ours", "theirs"), [(1, 1), (10, 3), (30, 5), (50, 50), (2, 2)])
def test_another_person_among_the_frames_is_refused(ours: int, theirs: int) -> None:
    for samples in (
        frames(1, ours) + frames(2, theirs),
        frames(2, theirs) + frames(1, ours),
        frames(1, ours // 2) + frames(2, theirs) + frames(1, ours - ours // 2, seed=1),
    ):
        with pytest.raises(EnrollError, match="more than one person"):
            chosen(samples)


@pytest.mark.parametrize("pictures", [2, 3, 5, 10])
@pytest.mark.parametrize(
    ("metric", "threshold", "spread"), [("euclidean", 1.0, 0.8), ("cosine", 0.4, 0.75)]
)
def test_two_people_in_equal_shares_are_refused_however_scattered(
    metric: Metric, threshold: float, spread: float, pictures: int
) -> None:
    """Nobody is far from the middle of all there: it lies between the two."""
    for seed in range(20):
        mixed = frames(1, pictures, spread=spread, seed=seed)
        mixed += frames(2, pictures, spread=spread, seed=seed)
        one = frames(3, 2 * pictures, spread=spread, seed=seed)
        assert len(chosen(unit(one), metric, threshold).kept) > 1
        with pytest.raises(EnrollError, match="more than one person"):
            chosen(unit(mixed), metric, threshold)


def unit(samples: list[Sample]) -> list[Sample]:
    """The same directions, as embedders give them."""
    return [
        Sample(one.embedding / np.linalg.norm(one.embedding), one.quality, label=one.label)
        for one in samples
    ]


def test_three_people_are_refused() -> None:
    with pytest.raises(EnrollError, match="more than one person"):
        chosen(frames(1, 4) + frames(2, 4) + frames(3, 4))


def test_a_stray_among_many_frames_is_left_out() -> None:
    selection = chosen([*frames(1, 30), *frames(2, 1)])
    assert 30 not in selection.kept
    assert selection.rejected["unlike the others"] == 1


def test_a_head_that_turns_far_is_no_other_person() -> None:
    turning = [
        Sample(person(1) + np.float32(n / 40) * person(2), GOOD, label=str(n)) for n in range(41)
    ]
    selection = chosen(frames(1, 40, spread=0.1) + turning)
    assert selection.rejected["unlike the others"] > 0


def test_pictures_without_a_name_are_counted_from_one() -> None:
    samples = [Sample(sample.embedding, GOOD) for sample in (*frames(1, 3), *frames(2, 1))]
    with pytest.raises(EnrollError, match=r"\(picture 4\)"):
        chosen(samples)


def test_no_frame_at_all_is_no_face() -> None:
    with pytest.raises(EnrollError, match="no face was found"):
        chosen([])


def test_poor_frames_are_refused_with_the_commonest_reason() -> None:
    samples = [marked(sample, 0.1, "too dark", "hold still") for sample in frames(1, 5)]
    samples += [marked(sample, 0.1, "come closer") for sample in frames(1, 3)]
    with pytest.raises(EnrollError, match="good enough: too dark"):
        chosen(samples)


def test_poor_frames_are_left_out() -> None:
    samples = frames(1, 4)
    samples[2] = marked(frames(2, 1)[0], 0.1, "too dark")
    selection = chosen(samples)
    assert sorted(selection.kept) == [0, 1, 3]
    assert selection.rejected == {"too dark": 1}


def test_mediocre_frames_serve_only_where_there_are_no_good_ones() -> None:
    mediocre = [marked(sample, 0.3) for sample in frames(1, 3)]
    assert len(chosen(mediocre).kept) == 3
    selection = chosen(mediocre + frames(1, 2, seed=1))
    assert sorted(selection.kept) == [3, 4]


def test_a_score_that_is_no_number_is_poor() -> None:
    with pytest.raises(EnrollError, match="poor picture"):
        chosen([marked(sample, float("nan")) for sample in frames(1, 2)])


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_embeddings_that_mean_nothing_are_left_out(value: float) -> None:
    empty = Sample(np.full(DIMENSION, value, dtype=np.float32), GOOD)
    assert chosen([empty, *frames(1, 2)]).kept[0] in (1, 2)
    with pytest.raises(EnrollError):
        chosen([empty])


def test_frames_with_two_faces_are_left_out() -> None:
    samples = frames(1, 3)
    samples[1] = marked(samples[1], 0.9, faces=2)
    selection = chosen(samples)
    assert sorted(selection.kept) == [0, 2]
    assert selection.rejected == {"two faces in the picture": 1}


def test_nothing_but_frames_with_two_faces_is_refused() -> None:
    with pytest.raises(EnrollError, match="two faces"):
        chosen([marked(sample, 0.9, faces=2) for sample in frames(1, 3)])


def test_a_long_recording_stays_bounded() -> None:
    selection = chosen(frames(1, 1500))
    assert len(selection.kept) == MOST_KEPT
    assert sum(selection.rejected.values()) == 1500 - MOST_KEPT
    assert max(selection.kept) > 1000


@pytest.mark.parametrize(
    ("threshold", "most"), [(0.0, 10), (-1.0, 10), (2.1, 10), (float("nan"), 10), (0.6, 0)]
)
def test_settings_have_bounds(threshold: float, most: int) -> None:
    with pytest.raises(UsageError):
        choose(frames(1, 2), threshold=threshold, metric="euclidean", most=most)


@settings(max_examples=50)
@given(
    st.integers(1, 30),
    st.floats(0.0, 0.4),
    st.integers(0, 5),
    st.sampled_from(METRICS),
    st.integers(1, 12),
)
def test_what_is_kept_is_near_its_centre_and_accounted_for(
    count: int, spread: float, seed: int, metric: tuple[Metric, float], most: int
) -> None:
    samples = frames(1, count, spread=spread, seed=seed)
    selection = choose(samples, metric=metric[0], threshold=metric[1], most=most)
    assert 1 <= len(selection.kept) <= most
    assert len(selection.kept) + sum(selection.rejected.values()) == count
    for index, kept in zip(selection.kept, selection.embeddings, strict=True):
        assert np.array_equal(kept, samples[index].embedding)
    to_person = distances(person(1), selection.embeddings, metric[0])
    assert (to_person <= metric[1]).all()


def face(width: float, who: int) -> Face:
    box = Box(0.0, 0.0, width, width)
    return Face(Detection(box, 0.9, np.zeros((5, 2), np.float32)), GOOD, person(who))


def test_the_sample_of_a_frame_is_its_largest_face() -> None:
    sample = Sample.of(Analysis((face(50, 2), face(100, 1))), label="frame 1")
    assert sample is not None
    assert np.array_equal(sample.embedding, person(1))
    assert (sample.faces, sample.label) == (1, "frame 1")


def test_a_second_face_nearly_as_large_is_counted() -> None:
    sample = Sample.of(Analysis((face(100, 1), face(80, 2), face(20, 3))))
    assert sample is not None
    assert sample.faces == 2


def test_a_frame_without_a_face_is_no_sample() -> None:
    assert Sample.of(Analysis(())) is None


def test_a_head_turned_too_far_is_left_out_and_nobody_is_accused() -> None:
    """Profiles of one person are as far from the rest as somebody else."""
    facing, profiles = frames(1, 10), frames(2, 3)
    turned = [replace(sample, turned=50.0) for sample in profiles]
    selection = chosen([*facing, *turned])
    assert set(selection.kept) <= set(range(10))
    assert selection.rejected["turned too far"] == 3
    with pytest.raises(EnrollError, match="more than one person"):
        chosen([*facing, *profiles])


def test_profiles_alone_are_still_compared_with_each_other() -> None:
    turned = [replace(sample, turned=50.0) for sample in frames(1, 4)]
    assert chosen(turned).kept


def test_how_far_a_head_is_turned_comes_from_its_landmarks() -> None:
    points = np.array([[40, 50], [60, 50], [66, 60], [44, 72], [58, 72]], dtype=np.float32)
    box = Box(30, 30, 80, 90)
    for measured, expected in ((True, True), (False, False)):
        detection = Detection(box, 0.9, points, measured)
        sample = Sample.of(Analysis((Face(detection, GOOD, person(1)),)))
        assert sample is not None
        assert (sample.turned > 30.0) == expected

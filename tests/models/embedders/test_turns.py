"""Two chips of a followed face in turn: when the last frame's counts, and when it must not."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from models.embedders.joined import joined
from models.embedders.turns import ChipTurns
from models.types import Box, Detection, Embedding, Image, Landmarks, Metric, Precision

EAST = np.array([1, 0, 0], dtype=np.float32)
NEARLY_EAST = np.array([0.98, np.sqrt(1 - 0.98**2), 0], dtype=np.float32)
NORTH = np.array([0, 1, 0], dtype=np.float32)


class Scripted:
    """An embedder that answers by the value of a chip's first pixel, and keeps what it saw."""

    name = "scripted"
    model_id = "scripted:0"
    precision: Precision = "float32"

    threshold = 0.3

    def __init__(self, *answers: Embedding, metric: Metric = "euclidean") -> None:
        self.metric: Metric = metric
        self._answers = answers
        self.seen: list[tuple[int, ...]] = []

    def align(self, image: Image, landmarks: Landmarks) -> tuple[Image, ...]:
        raise NotImplementedError

    def embed(self, chips: Sequence[Image]) -> Embedding:
        marks = tuple(int(chip[0, 0, 0]) for chip in chips)
        self.seen.append(marks)
        total = np.sum([self._answers[mark] for mark in marks], axis=0)
        return np.asarray(total / (np.linalg.norm(total) if len(marks) > 1 else 1), np.float32)


def face() -> Detection:
    return Detection(Box(0, 0, 10, 10), 0.99, np.zeros((5, 2), np.float32))


def chips(*marks: int) -> tuple[Image, ...]:
    return tuple(np.full((2, 2, 3), mark, dtype=np.uint8) for mark in marks)


def middle(one: Embedding, other: Embedding) -> Embedding:
    total = one + other
    return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


def test_a_followed_face_costs_one_chip_a_frame_the_two_in_turn() -> None:
    embedder = Scripted(EAST, NEARLY_EAST)
    turns, before = ChipTurns(embedder), None
    for _ in range(4):
        turns.next_frame()
        now = face()
        found = turns.embed(now, chips(0, 1), before)
        np.testing.assert_allclose(found, middle(EAST, NEARLY_EAST), atol=1e-6)
        before = now
    assert embedder.seen == [(0,), (1,), (1,), (0,), (1,)]


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_somebody_else_in_the_same_place_is_embedded_by_himself(metric: Metric) -> None:
    embedder = Scripted(EAST, EAST, NORTH, NORTH, metric=metric)
    turns, before = ChipTurns(embedder), face()
    turns.next_frame()
    turns.embed(before, chips(0, 1), None)
    turns.next_frame()
    np.testing.assert_allclose(turns.embed(face(), chips(2, 3), before), NORTH, atol=1e-6)
    assert embedder.seen == [(0,), (1,), (3,), (2,)]


def test_nothing_is_older_than_one_frame() -> None:
    embedder = Scripted(EAST, NEARLY_EAST)
    turns, before = ChipTurns(embedder), face()
    turns.next_frame()
    turns.embed(before, chips(0, 1), None)
    turns.next_frame()
    turns.next_frame()
    turns.embed(face(), chips(0, 1), before)
    assert embedder.seen == [(0,), (1,), (0,), (1,)]


def test_faces_beside_each_other_do_not_mix() -> None:
    embedder = Scripted(EAST, EAST, NORTH, NORTH)
    turns, left, right = ChipTurns(embedder), face(), face()
    turns.next_frame()
    turns.embed(left, chips(0, 1), None)
    turns.embed(right, chips(2, 3), None)
    turns.next_frame()
    np.testing.assert_allclose(turns.embed(face(), chips(2, 3), right), NORTH, atol=1e-6)
    np.testing.assert_allclose(turns.embed(face(), chips(0, 1), left), EAST, atol=1e-6)
    assert embedder.seen[4:] == [(3,), (1,)]


def test_an_embedder_of_one_chip_has_no_turns() -> None:
    embedder = Scripted(2 * EAST)
    turns, before = ChipTurns(embedder), None
    for _ in range(2):
        turns.next_frame()
        now = face()
        np.testing.assert_allclose(turns.embed(now, chips(0), before), 2 * EAST)
        before = now


def test_answers_without_a_length_of_one_are_left_to_the_embedder() -> None:
    embedder = Scripted(2 * EAST, 3 * EAST)
    turns, before = ChipTurns(embedder), None
    for _ in range(2):
        turns.next_frame()
        now = face()
        np.testing.assert_allclose(turns.embed(now, chips(0, 1), before), EAST, atol=1e-6)
        before = now
    assert embedder.seen == [(0,), (1,), (0, 1)] * 2


def _embedded(
    *times: float, renewed: float = np.inf, answers: tuple[Embedding, ...] = (EAST, NEARLY_EAST)
) -> list[bool]:
    """Whether each of the frames of a followed face is embedded."""
    turns, before, made = ChipTurns(Scripted(*answers)), None, []
    for time in times:
        turns.next_frame()
        now = face()
        held = turns.held(now, before, time)
        if held is None:
            turns.embed(now, chips(0, 1), before, time)
        made.append(held is None)
        before = now
        if time >= renewed:
            turns.renew()
            renewed = np.inf
    return made


def test_after_a_quarter_of_a_second_one_frame_in_three_is_embedded() -> None:
    made = _embedded(*(index / 30 for index in range(23)))
    assert made == [True] * 8 + [False, False, True] * 5


def _seen(*times: float, answers: tuple[Embedding, ...] = (EAST, NEARLY_EAST)) -> list[int]:
    """How many chips are embedded of each of the frames of a face that is never followed."""
    embedder = Scripted(*answers)
    turns, counts = ChipTurns(embedder), []
    for time in times:
        before = sum(map(len, embedder.seen))
        turns.next_frame()
        turns.embed(face(), chips(0, 1), None, time)
        counts.append(sum(map(len, embedder.seen)) - before)
    return counts


def test_the_first_frame_of_an_attempt_costs_one_chip_and_no_other() -> None:
    assert _seen(5.0, 5.03, 5.1, 6.0, 7.0, 8.1) == [1, 2, 2, 2, 2, 1]
    assert _seen(math.nan, math.nan, 5.0) == [2, 2, 2]
    assert _seen(5.0, 4.0) == [1, 2]


def test_the_frame_after_an_attempt_s_first_has_both_chips() -> None:
    embedder = Scripted(EAST, NEARLY_EAST)
    turns, first = ChipTurns(embedder), face()
    turns.next_frame()
    np.testing.assert_array_equal(turns.embed(first, chips(0, 1), None, 5.0), EAST)
    turns.next_frame()
    second = turns.embed(face(), chips(0, 1), first, 5.03)
    np.testing.assert_allclose(second, middle(EAST, NEARLY_EAST), atol=1e-6)
    assert embedder.seen == [(0,), (1,)]


def test_somebody_beside_the_first_face_costs_both_chips() -> None:
    embedder = Scripted(EAST, EAST, NORTH, NORTH)
    turns = ChipTurns(embedder)
    turns.next_frame()
    turns.embed(face(), chips(0, 1), None, 5.0)
    turns.embed(face(), chips(2, 3), None, 5.0)
    assert embedder.seen == [(0,), (2,), (3,)]


def test_a_first_answer_without_a_length_of_one_is_left_to_the_embedder() -> None:
    assert _seen(5.0, answers=(2 * EAST, EAST)) == [4]


def test_frames_that_are_far_apart_are_all_embedded() -> None:
    assert all(_embedded(*(index / 10 for index in range(20))))


def test_who_begins_to_look_has_each_frame_embedded_for_a_while() -> None:
    made = _embedded(*(index / 30 for index in range(38)), renewed=22.5 / 30)
    assert made[8:24] == [False, False, True] * 5 + [False]
    assert made[24:32] == [True] * 8
    assert made[32:] == [False, False, True] * 2


@pytest.mark.parametrize("times", [(np.nan,) * 30, (1.0,) * 30, (5.0, 4.0, 3.0, 2.0)])
def test_without_a_time_that_rises_nothing_is_held(times: tuple[float, ...]) -> None:
    assert all(_embedded(*times))


def test_what_is_held_is_what_was_embedded_last_and_of_that_face_alone() -> None:
    embedder = Scripted(EAST, NEARLY_EAST)
    turns, first = ChipTurns(embedder), face()
    turns.next_frame()
    made = turns.embed(first, chips(0, 1), None, 0.0)
    turns.next_frame()
    second = face()
    made = turns.embed(second, chips(0, 1), first, 0.55)
    turns.next_frame()
    assert turns.held(face(), face(), 0.6) is None
    assert turns.held(face(), None, 0.6) is None
    third = face()
    np.testing.assert_array_equal(turns.held(third, second, 0.6), made)
    turns.next_frame()
    assert turns.held(face(), second, 0.62) is None
    np.testing.assert_array_equal(turns.held(face(), third, 0.62), made)


def test_somebody_else_is_seen_after_a_rest() -> None:
    embedder = Scripted(EAST, EAST, NORTH, NORTH)
    turns, before = ChipTurns(embedder), None
    for index in range(15):
        turns.next_frame()
        now = face()
        turns.embed(now, chips(0, 1), before, index / 30)
        before = now
    turns.next_frame()
    after = face()
    assert turns.held(after, before, 15 / 30) is not None
    turns.next_frame()
    assert turns.held(face(), after, 17 / 30) is None
    found = turns.embed(face(), chips(2, 3), after, 17 / 30)
    np.testing.assert_allclose(found, NORTH, atol=1e-6)


WEIGHTS = (0.75, 0.25)


class Several(Scripted):
    """One that asks two networks: each answers by the value of a chip's first pixel."""

    metric: Metric = "cosine"

    def __init__(self, first: Sequence[Embedding], second: Sequence[Embedding]) -> None:
        super().__init__(metric="cosine")
        self._networks = (first, second)
        self.asked: list[tuple[int, int]] = []

    @property
    def parts(self) -> tuple[float, ...]:
        return WEIGHTS

    def embed_part(self, chip: Image, part: int) -> Embedding:
        mark = int(chip[0, 0, 0])
        self.asked.append((mark, part))
        return self._networks[part][mark]

    def embed(self, chips: Sequence[Image]) -> Embedding:
        self.seen.append(tuple(int(chip[0, 0, 0]) for chip in chips))
        return np.zeros(6, np.float32)


def _followed(embedder: Several, *marks: tuple[int, int]) -> list[Embedding]:
    """The embeddings of a face that is followed from frame to frame, each of two chips."""
    turns, before, made = ChipTurns(embedder), None, []
    for index, pair in enumerate(marks):
        turns.next_frame()
        now = face()
        made.append(turns.embed(now, chips(*pair), before, 5.0 + index / 30))
        before = now
    return made


def test_of_several_networks_each_frame_asks_one_about_one_chip() -> None:
    embedder = Several([EAST, NEARLY_EAST], [NORTH, NORTH])
    made = _followed(embedder, *[(0, 1)] * 7)
    assert embedder.asked[:4] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert embedder.asked[4:] == [(0, 0), (0, 1), (1, 0), (1, 1), (0, 0)]
    straight = joined([EAST, NORTH], WEIGHTS)
    np.testing.assert_allclose(made[0], straight, atol=1e-6)
    both = middle(straight, joined([NEARLY_EAST, NORTH], WEIGHTS))
    for later in made[1:]:
        np.testing.assert_allclose(later, both, atol=1e-6)
    assert embedder.seen == []


@pytest.mark.parametrize("shows", [0, 1])
def test_somebody_else_is_embedded_by_himself_whichever_network_is_asked(shows: int) -> None:
    """He has come when network number `shows` is asked; to the other one he is the same."""
    owner, other = [EAST, EAST, NORTH, NORTH], [EAST] * 4
    embedder = Several(*((owner, other) if shows == 0 else (other, owner)))
    made = _followed(embedder, *[(0, 1)] * (2 + shows), (2, 3))
    himself = [NORTH, EAST] if shows == 0 else [EAST, NORTH]
    np.testing.assert_allclose(made[-1], joined(himself, WEIGHTS), atol=1e-6)
    assert sorted(embedder.asked[-4:]) == [(2, 0), (2, 1), (3, 0), (3, 1)]


def test_who_is_somebody_else_to_one_network_alone_is_so_within_as_many_frames() -> None:
    """Until it is his turn to be seen as such, what he is an average with was known before him."""
    embedder = Several([EAST, EAST, NORTH, NORTH], [EAST] * 4)
    made = _followed(embedder, *[(0, 1)] * 3, *[(2, 3)] * 2)
    np.testing.assert_allclose(made[3], joined([EAST, EAST], WEIGHTS), atol=1e-6)
    np.testing.assert_allclose(made[4], joined([NORTH, EAST], WEIGHTS), atol=1e-6)


@pytest.mark.parametrize("second", [False, True])
def test_a_network_that_says_nothing_leaves_all_to_the_embedder(second: bool) -> None:
    nothing, says = [np.zeros(3, np.float32)] * 2, [EAST] * 2
    embedder = Several(*((says, nothing) if second else (nothing, says)))
    _followed(embedder, (0, 1), (0, 1))
    assert embedder.seen == [(0, 1)] * 2

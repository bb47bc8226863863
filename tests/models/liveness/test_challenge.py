import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.errors import UsageError
from models.liveness.challenge import (
    ANSWER_SECONDS,
    MOVEMENTS,
    PROMPTS,
    REST,
    Challenge,
    Choose,
    Facts,
    Movement,
    State,
    posed,
)
from tests.models.liveness.clips import face_at

STEP = 1 / 30


def _showing(facts: Facts, movement: Movement) -> Facts:
    if movement == "left":
        return replace(facts, turn=0.25)
    if movement == "right":
        return replace(facts, turn=-0.25)
    return replace(facts, nod=0.2) if movement == "nod" else replace(facts, size=75.0)


def _resting(time: float) -> Facts:
    return Facts(time, turn=0.02, nod=0.01, size=60.0, same=True)


def _always(*asked: Movement) -> Choose:
    left = iter(asked)
    return lambda _: next(left)


class Person:
    """Somebody who is filmed and does as told, after a while; frames can be changed on the way."""

    def __init__(self, challenge: Challenge, *, reaction: float = 0.5) -> None:
        self.challenge = challenge
        self.time = 0.0
        self.reaction = reaction
        self.asked_since = 0.0
        self.asked: Movement | None = None

    def facts(self) -> Facts:
        if self.challenge.movement != self.asked:
            self.asked, self.asked_since = self.challenge.movement, self.time
        facts = _resting(self.time)
        if self.asked and self.time - self.asked_since >= self.reaction:
            return _showing(facts, self.asked)
        return facts

    def play(self, change: Callable[[Facts], Facts] = lambda facts: facts) -> State:
        for _ in range(900):
            if self.challenge.observe(change(self.facts())) is not State.ASKING:
                break
            self.time += STEP
        return self.challenge.state


def _challenge() -> Challenge:
    return Challenge(_always("left", "nod", "nearer"))


def test_who_does_as_told_passes() -> None:
    challenge = _challenge()
    assert challenge.prompt == REST
    assert Person(challenge).play() is State.PASSED
    assert challenge.prompt == "" and challenge.reason == ""


def test_it_says_in_words_what_to_do() -> None:
    challenge = _challenge()
    seen: list[str] = []

    def note(facts: Facts) -> Facts:
        if not seen or seen[-1] != challenge.prompt:
            seen.append(challenge.prompt)
        return facts

    Person(challenge).play(note)
    words = [PROMPTS[kind] for kind in ("left", "nod", "nearer")]
    assert seen == [REST, words[0], REST, words[1], REST, words[2]]


def test_what_is_asked_is_chosen_by_what_is_handed_in_and_never_twice_in_a_row() -> None:
    offered: list[Sequence[Movement]] = []

    def first(left: Sequence[Movement]) -> Movement:
        offered.append(left)
        return left[0]

    Challenge(first, steps=4)
    assert [len(left) for left in offered] == [4, 3, 3, 3]
    assert set(offered[0]) == set(MOVEMENTS)
    with pytest.raises(UsageError):
        Challenge(lambda _: "left")
    with pytest.raises(UsageError):
        Challenge(first, steps=1)


WRONG: list[tuple[Callable[[Facts], Facts], str]] = [
    (lambda facts: replace(facts, same=False), "another-face"),
    (lambda facts: replace(facts, faces=2), "two-faces"),
    (lambda facts: replace(facts, denied=True), "attack"),
    (lambda facts: replace(facts, turn=math.nan), "unusable"),
    (lambda facts: replace(facts, size=0.0), "unusable"),
]


@pytest.mark.parametrize(("change", "reason"), WRONG)
def test_one_frame_that_is_wrong_ends_it_for_good(
    change: Callable[[Facts], Facts], reason: str
) -> None:
    challenge = _challenge()
    person = Person(challenge)
    person.play(lambda facts: change(facts) if facts.time > 1.0 else facts)
    assert challenge.state is State.FAILED and challenge.reason == reason
    person.time += STEP
    assert person.play() is State.FAILED


def test_answered_by_another_face_it_fails() -> None:
    """The owner's picture first, then somebody else answers."""
    challenge = _challenge()
    Person(challenge).play(lambda facts: replace(facts, same=challenge.movement is None))
    assert challenge.reason == "another-face"


def test_a_replay_that_answers_something_else_fails() -> None:
    for played in MOVEMENTS:
        if played == "left":
            continue
        challenge = _challenge()

        def replayed(facts: Facts, shown: Movement = played) -> Facts:
            still = _resting(facts.time)
            return _showing(still, shown) if facts.time > 0.8 else still

        Person(challenge).play(replayed)
        assert challenge.state is State.FAILED and challenge.reason == "wrong-answer"


def test_an_answer_before_anybody_can_react_fails() -> None:
    challenge = _challenge()
    assert Person(challenge, reaction=0.0).play() is State.FAILED
    assert challenge.reason == "too-early"


def test_who_does_nothing_or_too_late_fails() -> None:
    challenge = _challenge()
    Person(challenge, reaction=ANSWER_SECONDS + 1.0).play()
    assert challenge.reason == "too-late"


def test_who_never_rests_is_not_asked() -> None:
    challenge = _challenge()
    Person(challenge).play(lambda facts: replace(facts, turn=0.3 * (round(facts.time * 30) % 2)))
    assert challenge.reason == "too-late"


@pytest.mark.parametrize("back", [0.0, 0.5])
def test_repeated_and_falling_times_fail(back: float) -> None:
    challenge = _challenge()
    person = Person(challenge)
    for _ in range(20):
        facts = person.facts()
        challenge.observe(facts)
        person.time += STEP
    challenge.observe(replace(facts, time=facts.time - back))
    assert challenge.reason == "repeated-time"


def test_a_stitched_clip_with_a_gap_fails() -> None:
    """The living owner, then, after a moment without frames, a picture of him."""
    challenge = _challenge()
    person = Person(challenge)
    person.challenge.observe(person.facts())
    person.time += 1.0
    challenge.observe(person.facts())
    assert challenge.reason == "lost"
    other = _challenge()
    other.observe(person.facts())
    assert other.pass_time(person.time + 0.1) is State.ASKING
    assert other.pass_time(person.time + 1.0) is State.FAILED


def test_a_still_photo_after_the_living_owner_fails() -> None:
    challenge = _challenge()
    Person(challenge).play(
        lambda facts: replace(facts, turn=0.0, nod=0.0, size=60.0) if facts.time > 1.5 else facts
    )
    assert challenge.reason == "too-late"


def test_one_frame_that_answers_among_others_is_no_answer() -> None:
    challenge = _challenge()
    count = [0]

    def one_in_three(facts: Facts) -> Facts:
        count[0] += 1
        still = replace(facts, turn=0.0, nod=0.0, size=60.0)
        return facts if count[0] % 3 == 0 else still

    Person(challenge).play(one_in_three)
    assert challenge.state is State.FAILED


def test_out_of_order_fails() -> None:
    challenge = Challenge(_always("nod", "left", "nearer"))
    asked: dict[Movement, Movement] = {"nod": "left", "left": "nod", "nearer": "nearer"}

    def swapped(facts: Facts) -> Facts:
        movement = challenge.movement
        moves = facts.turn > 0.1 or facts.nod > 0.1 or facts.size > 70
        if movement is None or not moves:
            return facts
        return _showing(_resting(facts.time), asked[movement])

    Person(challenge).play(swapped)
    assert challenge.reason == "wrong-answer"


def test_a_little_nod_on_the_way_is_forgiven() -> None:
    challenge = Challenge(_always("left", "right", "left"))
    person = Person(challenge, reaction=0.6)

    def nodding(facts: Facts) -> Facts:
        waited = facts.time - person.asked_since
        return replace(facts, nod=0.2) if person.asked and 0.4 < waited < 0.46 else facts

    assert person.play(nodding) is State.PASSED


def test_the_pose_of_landmarks() -> None:
    ahead = face_at(100.0, 100.0, 50.0).landmarks
    turned = ahead.copy()
    turned[2, 0] += 5.0
    nodded = ahead.copy()
    nodded[2, 1] += 5.0
    turn, nod, size = posed(ahead)
    assert turn == pytest.approx(0.0, abs=1e-6) and size == pytest.approx(50.0)
    assert posed(turned)[0] == pytest.approx(1 / 3, rel=1e-3)
    assert posed(nodded)[1] - nod == pytest.approx(1 / 3, rel=1e-3)
    assert np.isnan(posed(np.full((5, 2), np.nan, np.float32))).all()

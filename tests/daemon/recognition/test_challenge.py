"""Doubt ends in a challenge: who is asked, who passes, and what opens nothing."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.api import Guidance, Progress, Reason, Verdict
from daemon.recognition.challenge import FEWEST_FRAMES, PASSIVE_SECONDS, Asking
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.liveness import LivenessRule
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.recognition.verifier import Verifier
from models.liveness.challenge import MOVEMENTS, Movement
from tests.daemon.fakes import ADA, BOB
from tests.daemon.recognition.actor import (
    ATTACK,
    AVERTED,
    DOUBT,
    FPS,
    LIVING,
    Actor,
    Change,
    Cues,
    Moment,
    asking,
    frame_of,
    unchanged,
)
from tests.daemon.recognition.test_verifier import matcher

STRICT, STANDARD = LivenessRule("strict"), LivenessRule("standard")
REST = Guidance.LOOK_STRAIGHT
ASKED = [REST, Guidance.TURN_LEFT, REST, Guidance.NOD, REST, Guidance.COME_CLOSER]
WORDS = [*ASKED, REST]
SECONDS = 40.0


def tried(
    rule: LivenessRule,
    change: Change = unchanged,
    *,
    ask: Asking | None = None,
    reaction: float = 0.5,
    seconds: float = SECONDS,
) -> tuple[Actor, AttemptResult]:
    """Somebody who does as told, but for `change`, and what comes of it."""
    actor = Actor(change, reaction=reaction)
    verifier = Verifier(matcher(), still=False, liveness=rule, asking=ask or asking())
    actor.play(verifier.add, seconds)
    return actor, verifier.result()


def outcome(result: AttemptResult) -> tuple[Verdict, Reason]:
    return result.verdict, result.reason


FAILED = (Verdict.UNDECIDED, Reason.CHALLENGE_FAILED)
UNCLEAR = (Verdict.UNDECIDED, Reason.LIVENESS_UNCLEAR)


@pytest.mark.parametrize("cues", [DOUBT, LIVING, ()])
def test_strict_asks_everybody_and_lets_in_who_does_as_told(cues: Cues) -> None:
    actor, result = tried(STRICT, lambda moment: replace(moment, cues=cues))
    assert (*outcome(result), result.name) == (Verdict.MATCHED, Reason.RECOGNISED, "Ada")
    assert actor.said == WORDS


def test_standard_asks_nobody_who_is_seen_to_live() -> None:
    actor, result = tried(STANDARD, lambda moment: replace(moment, cues=LIVING))
    assert (outcome(result)[0], actor.said) == (Verdict.MATCHED, [])
    assert actor.time < 0.5


def test_standard_asks_when_in_doubt_after_a_while() -> None:
    actor, result = tried(STANDARD)
    assert (result.name, actor.said) == ("Ada", WORDS)
    asked: list[float] = []
    verifier = Verifier(matcher(), still=False, liveness=STANDARD, asking=asking())
    watched = Actor()

    def see_asked(frame: AnalysedFrame) -> FrameResult:
        shown = verifier.add(frame)
        asked.extend([frame.time] if shown.asked else [])
        return shown

    watched.play(see_asked, 3.0)
    assert PASSIVE_SECONDS <= asked[0] <= PASSIVE_SECONDS + FEWEST_FRAMES / FPS


def test_convenient_never_asks() -> None:
    actor, result = tried(LivenessRule("convenient"), lambda moment: replace(moment, cues=()))
    assert (actor.said, outcome(result)) == ([], UNCLEAR)
    assert actor.time <= 3.0


@pytest.mark.parametrize("rule", [STANDARD, STRICT])
def test_where_nobody_could_show_it_nothing_is_asked_and_nobody_comes_in(
    rule: LivenessRule,
) -> None:
    actor, result = tried(rule, ask=asking(may=False), seconds=6.0)
    assert (actor.said, outcome(result)) == ([], UNCLEAR)
    # Lock screens go dark after five seconds: there is a no before.
    assert PASSIVE_SECONDS < actor.time <= 3.0
    verifier = Verifier(matcher(), still=False, liveness=rule)
    Actor().play(verifier.add, 6.0)
    assert outcome(verifier.result()) == UNCLEAR


def test_life_that_shows_before_doubt_is_given_up_is_enough() -> None:
    def shows(moment: Moment) -> Moment:
        return replace(moment, cues=LIVING if moment.time > 2.4 else DOUBT)

    actor, result = tried(STANDARD, shows, ask=asking(may=False))
    assert (result.name, actor.said) == ("Ada", [])


def test_a_stranger_is_asked_nothing() -> None:
    actor, result = tried(STRICT, lambda moment: replace(moment, who=3))
    assert actor.said == []
    assert result.reason is Reason.NOT_RECOGNISED


def test_life_that_shows_on_the_way_ends_the_asking_at_standard_only() -> None:
    def turns(moment: Moment) -> Moment:
        return replace(moment, cues=LIVING if moment.time > 3.0 else DOUBT)

    actor, result = tried(STANDARD, turns)
    assert (result.name, actor.said) == ("Ada", WORDS[: len(actor.said)])
    assert actor.time < 3.5
    assert tried(STRICT, turns)[0].said == WORDS


def test_frames_of_a_challenge_say_what_is_asked_and_count_as_compared() -> None:
    verifier = Verifier(matcher(), still=False, liveness=STRICT, asking=asking())
    actor = Actor()
    results = []
    for _ in range(60):
        results.append(verifier.add(actor.frame()))
        actor.hear(results[-1])
    asked = [one for one in results if one.asked]
    assert len(asked) > 40
    assert all(one.compared and isinstance(one.word, Guidance) for one in asked)
    assert {one.word for one in results if not one.asked} == {Progress.FACE_SEEN}
    assert verifier.result().compared == 60


def test_who_turns_as_asked_is_not_told_to_look_at_the_screen() -> None:
    def averts(moment: Moment) -> Moment:
        return replace(moment, cues=AVERTED if moment.shows else DOUBT)

    actor, result = tried(STRICT, averts)
    assert (actor.said, result.name) == (WORDS, "Ada")


def test_afterwards_eyes_must_be_on_the_screen() -> None:
    def averts(moment: Moment) -> Moment:
        return replace(moment, cues=AVERTED if actor.said == WORDS else DOUBT)

    actor = Actor(averts)
    verifier = Verifier(matcher(), still=False, liveness=STRICT, asking=asking())
    last = actor.play(verifier.add, 20.0)
    assert (actor.said, last.word) == (WORDS, Guidance.LOOK_AT_THE_SCREEN)
    assert verifier.result().verdict is Verdict.UNDECIDED


# What an insider would try. The picture of the owner is one that the cues do not see through.


def moving(moment: Moment) -> bool:
    return moment.shows is not None


def after(seconds: float, change: Change) -> Change:
    return lambda moment: change(moment) if moment.time > seconds else moment


ATTACKS: dict[str, Change] = {
    "a photo": lambda moment: replace(moment, shows=None),
    "another face answers": lambda moment: replace(moment, who=BOB if moving(moment) else ADA),
    "a stranger answers": lambda moment: replace(moment, who=3 if moving(moment) else ADA),
    "a face too blurred to tell answers": lambda moment: (
        replace(moment, who=3, quality=0.1) if moving(moment) else moment
    ),
    "the answer comes from elsewhere": lambda moment: replace(
        moment, left=560.0 if moving(moment) else 320.0
    ),
    "two faces": lambda moment: replace(moment, faces=2 if moving(moment) else 1),
    "the living owner, then a photo": after(1.5, lambda moment: replace(moment, shows=None)),
    "the living owner, then another": after(2.5, lambda moment: replace(moment, who=BOB)),
    "one frame in three is living": lambda moment: (
        moment if round(moment.time * FPS) % 3 == 0 else replace(moment, shows=None)
    ),
    "one living frame among replayed ones": lambda moment: (
        moment if 45 <= round(moment.time * FPS) <= 45 else replace(moment, shows=None)
    ),
    "times that repeat": after(1.5, lambda moment: replace(moment, time=1.5)),
    "times that run backward": after(1.5, lambda moment: replace(moment, time=3.0 - moment.time)),
    "a gap": after(1.5, lambda moment: replace(moment, time=moment.time + 0.6)),
    "a recording that always turns left": lambda moment: replace(
        moment, shows=Guidance.TURN_LEFT if int(moment.time / 1.2) % 2 else None
    ),
}


@pytest.mark.parametrize("rule", [STRICT, STANDARD])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_opens(attack: str, rule: LivenessRule) -> None:
    late: Change = ATTACKS[attack]
    if rule is STANDARD:

        def late(moment: Moment) -> Moment:
            """The attack as far into the challenge, which comes later at this level."""
            moved = replace(moment, time=moment.time - PASSIVE_SECONDS)
            seen = ATTACKS[attack](moved)
            return replace(seen, time=seen.time + PASSIVE_SECONDS)

    actor, result = tried(rule, late, seconds=30.0)
    assert actor.said != []
    assert result.verdict is not Verdict.MATCHED


@pytest.mark.parametrize(
    "attack", ["another face answers", "two faces", "times that repeat", "a photo", "a gap"]
)
def test_what_does_not_answer_rightly_ends_the_attempt_and_counts(attack: str) -> None:
    actor, result = tried(STRICT, ATTACKS[attack])
    assert outcome(result) == FAILED
    assert actor.time < 8.0


def test_who_answers_at_once_was_not_asked() -> None:
    assert outcome(tried(STRICT, reaction=0.0)[1]) == FAILED


def test_what_the_cues_call_an_attack_stays_one_though_it_answers() -> None:
    _, result = tried(STRICT, after(2.0, lambda moment: replace(moment, cues=ATTACK)))
    assert outcome(result) == (Verdict.UNDECIDED, Reason.NOT_LIVE)


def test_an_answered_challenge_is_worth_nothing_for_the_next_face() -> None:
    """The owner does as told; before he is recognised again his photo is put in his place."""
    swapped: dict[str, Change] = {
        "another": lambda moment: replace(moment, who=BOB),
        "a jump": lambda moment: replace(moment, left=600.0),
        "a gap": lambda moment: replace(moment, time=moment.time + 1.0),
    }
    for change in swapped.values():
        verifier = Verifier(matcher(), still=False, liveness=STRICT, asking=asking())
        actor = Actor()
        while actor.said != WORDS:
            actor.hear(verifier.add(actor.frame()))
        later = [Moment(actor.time + (index + 1) / FPS) for index in range(200)]
        shown = [verifier.add(frame_of(change(moment))) for moment in later]
        assert {one.verdict for one in shown} == {Verdict.UNDECIDED}
        asked = {one.word for one in shown if one.asked}
        assert asked <= {REST}  # one challenge an attempt


def recorded(asked: tuple[Movement, ...]) -> list[AnalysedFrame]:
    """The frames of the owner as he answered this."""
    frames: list[AnalysedFrame] = []
    actor = Actor()
    verifier = Verifier(matcher(), still=False, liveness=STRICT, asking=asking(*asked))

    def see(frame: AnalysedFrame) -> FrameResult:
        frames.append(frame)
        return verifier.add(frame)

    actor.play(see, SECONDS)
    assert verifier.result().verdict is Verdict.MATCHED
    return frames


SEQUENCES = [
    steps
    for steps in itertools.product(MOVEMENTS, repeat=3)
    if all(one != other for one, other in itertools.pairwise(steps))
]


def test_an_answer_that_was_recorded_answers_one_challenge_in_36() -> None:
    frames = recorded(("left", "nod", "nearer"))
    opened = []
    for asked in SEQUENCES:
        verifier = Verifier(matcher(), still=False, liveness=STRICT, asking=asking(*asked))
        for frame in frames:
            if verifier.add(frame).done:
                break
        opened += [asked] if verifier.result().verdict is Verdict.MATCHED else []
    assert opened == [("left", "nod", "nearer")]


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(SEQUENCES),
    st.lists(st.sampled_from([*MOVEMENTS, None]), min_size=1, max_size=30),
    st.sampled_from([STRICT, STANDARD]),
)
def test_whoever_moves_on_his_own_comes_in_only_by_doing_what_is_asked(
    asked: tuple[Movement, ...], script: list[Movement | None], rule: LivenessRule
) -> None:
    words: dict[Movement, Guidance] = {
        "left": Guidance.TURN_LEFT,
        "right": Guidance.TURN_RIGHT,
        "nod": Guidance.NOD,
        "nearer": Guidance.COME_CLOSER,
    }

    def scripted(moment: Moment) -> Moment:
        now = script[int(moment.time / 0.6) % len(script)]
        return replace(moment, shows=None if now is None else words[now])

    _, result = tried(rule, scripted, ask=asking(*asked), seconds=30.0)
    if result.verdict is Verdict.MATCHED:
        told = iter([one for one in script * 60 if one is not None])
        assert all(step in told for step in asked)


def test_randomness_is_asked_of_whoever_drives() -> None:
    offered: list[tuple[Movement, ...]] = []

    def choose(left: Sequence[Movement]) -> Movement:
        offered.append(tuple(left))
        return "nod" if len(offered) % 2 else "right"

    actor, result = tried(STRICT, ask=Asking(choose, lambda: True))
    assert actor.said[1::2] == [Guidance.NOD, Guidance.TURN_RIGHT, Guidance.NOD]
    assert (result.name, len(offered)) == ("Ada", 3)

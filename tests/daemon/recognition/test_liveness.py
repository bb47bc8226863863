"""From what the cues say to what it means for an attempt: cues only deny."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.api import Guidance, Progress, Reason, Verdict
from daemon.config import Liveness
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.liveness import (
    LivenessDecision,
    LivenessRule,
    LivenessState,
    rule_of,
)
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.recognition.same_face import Likeness
from daemon.recognition.verifier import LEAST_SECONDS, Verifier
from models.liveness.evidence import CueEvidence
from models.liveness.lasting import DENIED_SECONDS, DOUBT_SECONDS, LIVE_SECONDS
from tests.daemon.fakes import ADA, BOB, CRITERION, FakeEmbedder
from tests.daemon.recognition.test_verifier import frames, matcher

STRANGER = 3
STANDARD = LivenessRule()
Cues = tuple[CueEvidence, ...]
LIVING: Cues = (
    CueEvidence("texture", 2.0, "skin"),
    CueEvidence("depth", 1.5, "depth"),
    CueEvidence("attention", 0.0, "looks"),
)
ATTACK: Cues = (CueEvidence("texture", -6.0, "picture"), CueEvidence("depth", 2.0, "depth"))
DOUBT: Cues = (CueEvidence("texture", 0.2, "skin"), CueEvidence("stream", 0.0, "fresh"))
ASLEEP: Cues = (*LIVING[:2], CueEvidence("attention", 0.0, "eyes-closed", withholds=True))
AVERTED: Cues = (*LIVING[:2], CueEvidence("attention", 0.0, "looks-away", withholds=True))
MASKED: Cues = (*LIVING[:2], CueEvidence("covering", 0.0, "covered", withholds=True))


@cache
def _frames(people: tuple[int, ...]) -> tuple[AnalysedFrame, ...]:
    return tuple(frames(people))


def shown(people: list[int], cues: list[Cues]) -> list[AnalysedFrame]:
    """Ten frames a second."""
    both = zip(_frames(tuple(people)), cues, strict=True)
    return [replace(frame, liveness=said) for frame, said in both]


def seen(
    people: list[int], cues: list[Cues], rule: LivenessRule | None = STANDARD
) -> tuple[list[FrameResult], AttemptResult]:
    verifier = Verifier(matcher(), still=False, liveness=rule)
    told: list[FrameResult] = []
    for frame in shown(people, cues):
        told.append(verifier.add(frame))
        if told[-1].done:
            break
    return told, verifier.result()


def outcome(people: list[int], cues: list[Cues]) -> tuple[Verdict, Reason, str]:
    result = seen(people, cues)[1]
    return result.verdict, result.reason, result.guidance


def test_a_living_owner_matches_a_little_later_than_without() -> None:
    told, result = seen([ADA] * 20, [LIVING] * 20)
    assert (result.verdict, result.name) == (Verdict.MATCHED, "Ada")
    # Ten frames a second, of which a match takes three by itself.
    assert len(told) == 3 >= 1 + round(10 * LIVE_SECONDS)
    assert seen([ADA] * 20, [()] * 20, None)[1].name == "Ada"


@pytest.mark.parametrize(
    ("cues", "reason", "guidance"),
    [
        (DOUBT, Reason.LIVENESS_UNCLEAR, ""),
        ((), Reason.LIVENESS_UNCLEAR, ""),
        (ATTACK, Reason.NOT_LIVE, ""),
        (ASLEEP, Reason.NO_USABLE_FACE, "open-your-eyes"),
        (AVERTED, Reason.NO_USABLE_FACE, "look-at-the-screen"),
        (MASKED, Reason.NO_USABLE_FACE, "uncover-your-face"),
    ],
)
def test_nothing_but_life_is_a_match(cues: Cues, reason: Reason, guidance: str) -> None:
    assert outcome([ADA] * 40, [cues] * 40) == (Verdict.UNDECIDED, reason, guidance)


def test_an_attack_ends_the_attempt_after_a_while_and_names_nobody() -> None:
    told, result = seen([ADA] * 40, [ATTACK] * 40)
    assert len(told) == 1 + round(10 * DENIED_SECONDS)
    assert (told[-1].denied, told[-1].verdict, result.name) == (True, Verdict.UNDECIDED, None)
    assert result.compared > 0  # what counts as an attempt


def test_who_sleeps_is_told_and_not_compared() -> None:
    told, result = seen([ADA] * 5, [ASLEEP] * 5)
    assert {one.word for one in told} == {Guidance.OPEN_YOUR_EYES}
    assert {one.distance for one in told} == {None}
    assert result.compared == 0


def test_who_hides_his_face_for_the_most_part_is_no_stranger() -> None:
    """A masked face that slips through now and then is like nobody, its owner included."""
    told, result = seen([STRANGER] * 45, [MASKED, MASKED, DOUBT] * 15)
    assert (result.verdict, result.reason) == (Verdict.UNDECIDED, Reason.NO_USABLE_FACE)
    assert (result.guidance, len(told)) == ("uncover-your-face", 45)
    # Who shows his face long enough to be compared is refused.
    assert outcome([STRANGER] * 45, [MASKED] * 9 + [DOUBT] * 36)[1] is Reason.NOT_RECOGNISED


def test_an_owner_who_wakes_up_matches() -> None:
    told, result = seen([ADA] * 30, [ASLEEP] * 10 + [LIVING] * 20)
    assert result.verdict is Verdict.MATCHED
    assert told[-1].word is Progress.FACE_SEEN


def test_a_stranger_is_refused_living_or_not() -> None:
    for cues in (LIVING, DOUBT):
        told, result = seen([STRANGER] * 40, [cues] * 40)
        # Ten frames a second, and not before he was looked at for so long.
        assert (result.reason, len(told) - 1) == (Reason.NOT_RECOGNISED, 10 * LEAST_SECONDS)


def test_a_stranger_is_looked_at_for_as_long_by_a_faster_camera() -> None:
    verifier = Verifier(matcher(), still=False, liveness=STANDARD)
    every = [replace(one, time=one.time / 3) for one in shown([STRANGER] * 80, [LIVING] * 80)]
    refused = next(frame.time for frame in every if verifier.add(frame).done)
    assert refused == pytest.approx(every[0].time + LEAST_SECONDS, abs=0.05)


def test_an_owner_in_doubt_who_turns_aside_is_not_refused_meanwhile() -> None:
    """A face that looks aside may be like nobody's; a no would end what is only in doubt."""
    people = [ADA] * 5 + [STRANGER] * 40 + [ADA] * 10
    told, result = seen(people, [DOUBT] * 45 + [LIVING] * 10)
    assert not any(one.done for one in told[:-1])
    assert (result.verdict, result.name) == (Verdict.MATCHED, "Ada")
    # Who is refused without ever having been recognised stays so.
    told, result = seen([STRANGER] * 45 + [ADA] * 10, [DOUBT] * 45 + [LIVING] * 10)
    assert (result.reason, len(told) < 45) == (Reason.NOT_RECOGNISED, True)


def test_a_living_stranger_and_a_picture_of_the_owner_make_no_match() -> None:
    """A stitched clip, either way: who it is and that he lives are found out about one face."""
    for people, cues in (
        ([STRANGER] * 6 + [ADA] * 20, [LIVING] * 6 + [DOUBT] * 20),
        ([ADA] * 6 + [STRANGER] * 10, [DOUBT] * 6 + [LIVING] * 10),
        # Turn by turn, each for a frame.
        ([STRANGER, ADA] * 12, [LIVING, DOUBT] * 12),
    ):
        assert outcome(people, cues)[0] is not Verdict.MATCHED


def test_the_owner_asleep_and_then_his_picture_with_open_eyes_make_no_match() -> None:
    """A stitched clip in one place: life that was seen says nothing of what comes after."""
    for picture in (ATTACK, DOUBT):
        cues = [ASLEEP] * 12 + [picture] * 28
        assert outcome([ADA] * 40, cues)[0] is Verdict.UNDECIDED


def test_the_owner_who_comes_after_a_living_stranger_begins_anew() -> None:
    verifier = Verifier(matcher(), still=False, liveness=LivenessRule())
    told = [verifier.add(one) for one in shown([BOB] * 2 + [ADA] * 3, [LIVING] * 5)]
    assert [one.verdict for one in told] == [Verdict.UNDECIDED] * 4 + [Verdict.MATCHED]


def test_one_living_frame_among_replayed_ones_is_nothing() -> None:
    for around in (DOUBT, ATTACK):
        cues = [around] * 9 + [LIVING] + [around] * 9 + [LIVING] + [around] * 9
        assert outcome([ADA] * len(cues), cues)[0] is Verdict.UNDECIDED


def test_repeated_times_are_no_time() -> None:
    verifier = Verifier(matcher(), still=False, liveness=LivenessRule())
    stopped = [replace(frame, time=1.0) for frame in shown([ADA] * 40, [LIVING] * 40)]
    assert {verifier.add(frame).verdict for frame in stopped} == {Verdict.UNDECIDED}


def test_pictures_never_match_where_life_is_asked_for() -> None:
    verifier = Verifier(matcher(), still=True, liveness=LivenessRule())
    assert [verifier.add(one).verdict for one in frames([ADA] * 3)] == [Verdict.UNDECIDED] * 3


def test_after_an_attack_life_must_last() -> None:
    judge = LivenessDecision(LivenessRule(), Likeness.by(FakeEmbedder.metric, CRITERION))
    states = []
    for frame in shown([ADA] * 40, [ATTACK] * 5 + [LIVING] * 35):
        judge.see(frame)
        states.append(judge.state)
    assert states.index(LivenessState.LIVE) == 4 + round(10 * DOUBT_SECONDS)


def test_attention_can_be_left_out() -> None:
    assert seen([ADA] * 9, [ASLEEP] * 9, LivenessRule(attention=False))[1].name == "Ada"
    assert seen([ADA] * 9, [MASKED] * 9, LivenessRule(attention=False))[1].name is None


def test_strict_matches_nobody_by_looking_alone() -> None:
    result = seen([ADA] * 30, [LIVING] * 30, LivenessRule("strict"))[1]
    assert (result.verdict, result.reason) == (Verdict.UNDECIDED, Reason.LIVENESS_UNCLEAR)


POSITIVE = st.builds(
    CueEvidence,
    st.sampled_from(["texture", "depth", "stream", "moire"]),
    st.floats(0.0, 1e6),
    st.just("fine"),
)
DENYING = st.builds(
    CueEvidence,
    st.sampled_from(["infrared", "surroundings"]),
    st.floats(-1e6, -3.0),
    st.just("attack"),
)


@settings(deadline=None)
@given(st.lists(POSITIVE, max_size=7), DENYING, st.sampled_from(["convenient", "standard"]))
def test_no_evidence_for_life_outweighs_a_cue_that_denies(
    positive: list[CueEvidence], denying: CueEvidence, level: str
) -> None:
    rule = rule_of(Liveness(level=level), "/dev/video0")
    cues = (*positive, replace(denying, llr=denying.llr - 1.0))
    result = seen([ADA] * 30, [cues] * 30, rule)[1]
    assert (result.verdict, result.reason) == (Verdict.UNDECIDED, Reason.NOT_LIVE)


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("auto", True),
        ("/dev/video0", True),
        ("/srv/clips/demo.avi", True),
        ("demo.mp4", True),
        ("./demo:owner", True),
        ("demo", False),
        ("demo:owner", False),
    ],
)
def test_only_the_built_in_demo_is_exempt(source: str, asked: bool) -> None:
    assert (rule_of(Liveness(), source) is not None) == asked
    assert rule_of(Liveness(enabled=False), source) is None

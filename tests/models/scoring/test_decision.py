"""One lucky frame opens nothing, nobody waits for ever, and what is no evidence changes nothing."""

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import UsageError
from models.scoring.decision import (
    Evidence,
    Rule,
    SequentialTest,
    Verdict,
    sequence_rule,
    still_rule,
)
from models.types import MIN_QUALITY, Box

RULE = sequence_rule(far=1e-4, toll=4.0)
STEP = 0.1  # seconds between frames

llrs = st.floats(-20.0, 20.0)
evidence = st.builds(
    Evidence, llr=llrs, near=st.booleans(), quality=st.floats(RULE.least_quality, 1.0)
)
garbage = st.builds(
    Evidence,
    llr=st.sampled_from([math.nan, math.inf, -math.inf]),
    near=st.booleans(),
    quality=st.floats(0.0, 1.0),
) | st.builds(
    Evidence,
    llr=llrs,
    near=st.booleans(),
    quality=st.sampled_from([0.0, -1.0, 1.5, RULE.least_quality / 2, math.nan, math.inf]),
)


def _frame(llr: float, quality: float = 1.0, place: Box | None = None) -> Evidence:
    return Evidence(llr, llr >= RULE.toll, quality, place)


def _play(frames: Sequence[Evidence], rule: Rule = RULE, step: float = STEP) -> list[Verdict]:
    test = SequentialTest(rule)
    return [test.observe(step * n, {"Ada": said}) for n, said in enumerate(frames)]


def _evidence(frames: Sequence[Evidence], rule: Rule = RULE) -> float:
    test = SequentialTest(rule)
    for n, said in enumerate(frames):
        test.observe(STEP * n, {"Ada": said})
    return test.evidence("Ada")


def test_clear_evidence_decides_after_the_fewest_frames() -> None:
    verdicts = _play([_frame(12.0)] * 5)
    assert verdicts.index(Verdict.MATCH) + 1 == RULE.fewest


def test_a_face_at_the_threshold_itself_is_never_a_match() -> None:
    assert Verdict.MATCH not in _play([_frame(RULE.toll)] * 200)


def test_a_stranger_is_refused_once_patience_ends() -> None:
    verdicts = _play([_frame(-8.0)] * 40)
    assert verdicts.index(Verdict.NO_MATCH) + 1 == RULE.patience


def test_a_face_that_says_little_ends_in_no_at_last() -> None:
    verdicts = _play([_frame(1.0)] * RULE.most_frames)
    assert verdicts[-1] is Verdict.NO_MATCH
    assert set(verdicts[: int(RULE.most_seconds / STEP) - 1]) == {Verdict.UNDECIDED}


def test_who_looked_away_does_not_have_to_make_up_for_it() -> None:
    verdicts = _play([_frame(-8.0)] * (RULE.patience - 1) + [_frame(12.0)] * 3)
    assert verdicts[-1] is Verdict.MATCH


def test_frames_in_quick_succession_count_for_less() -> None:
    frames = [_frame(7.0)] * 20
    slow = _play(frames, step=0.2).index(Verdict.MATCH)
    fast = _play(frames, step=0.01).index(Verdict.MATCH)
    assert slow < fast


def test_poor_frames_count_for_less() -> None:
    assert _evidence([_frame(5.0, quality=0.25)] * 2) < _evidence([_frame(5.0)] * 2)


def test_a_gap_is_a_new_beginning() -> None:
    test = SequentialTest(RULE)
    for time in (0.0, 0.1, 0.1 + RULE.forget_seconds + 0.1):
        test.observe(time, {"Ada": _frame(12.0)})
    assert (test.frames, test.matched) == (1, frozenset())


def test_another_face_is_a_new_beginning() -> None:
    here, there = Box(0, 0, 100, 120), Box(300, 0, 400, 120)
    for place, matched in ((here, True), (there, False)):
        frames = [_frame(12.0, place=here)] * 2 + [_frame(12.0, place=place)]
        assert (Verdict.MATCH in _play(frames)) is matched


@pytest.mark.parametrize(
    "place",
    [
        Box(0, 0, 20, 24),
        Box(0, 0, 400, 480),
        Box(0, 0, 0, 0),
        Box(math.nan, 0, 100, 120),
        Box(-math.inf, 0, math.inf, 120),
    ],
)
def test_a_face_of_another_size_or_none_is_another_face(place: Box) -> None:
    frames = [_frame(12.0, place=Box(0, 0, 100, 120))] * 2 + [_frame(12.0, place=place)]
    assert Verdict.MATCH not in _play(frames)


def test_people_do_not_add_up_to_one() -> None:
    test = SequentialTest(RULE)
    for n in range(6):
        name, other = ("Ada", "Bob") if n % 2 else ("Bob", "Ada")
        test.observe(0.1 * n, {name: _frame(12.0), other: _frame(-8.0)})
        assert test.matched == frozenset()


def test_a_match_lasts_until_it_is_outweighed() -> None:
    test = SequentialTest(RULE)
    for n in range(4):
        test.observe(0.1 * n, {"Ada": _frame(12.0)})
    assert test.observe(0.4, {"Ada": _frame(2.0)}) is Verdict.MATCH
    for n in range(5, 12):
        test.observe(0.1 * n, {"Ada": _frame(-8.0)})
    assert test.matched == frozenset()


def test_pictures_decide_one_by_one_on_the_threshold() -> None:
    test = SequentialTest(still_rule(toll=4.0))
    assert test.observe(0.0, {"Ada": Evidence(3.9, near=False)}) is Verdict.UNDECIDED
    assert test.observe(0.0, {"Ada": Evidence(4.0, near=True)}) is Verdict.MATCH
    assert test.observe(1.0, {"Ada": Evidence(3.9, near=False)}) is Verdict.UNDECIDED


def test_the_boundary_follows_the_error_rates() -> None:
    """Wald: ln((1 - miss) / rate) for the first frame, of which the toll is a part."""
    rule = sequence_rule(far=1e-5, toll=6.0, miss=0.01)
    assert rule.toll + rule.match_at == pytest.approx(math.log(0.99e5))
    assert rule.refuse_at == pytest.approx(math.log((1 - 1e-5) / 0.01))
    assert sequence_rule(far=1e-2, toll=9.0).match_at > 0.0


def test_the_least_quality_is_that_of_the_frames() -> None:
    assert RULE.least_quality == MIN_QUALITY


@pytest.mark.parametrize(
    "change",
    [
        {"fewest": 0},
        {"fewest": 21},
        {"patience": 301},
        {"toll": math.nan},
        {"match_at": math.inf},
        {"match_at": 0.0},
        {"refuse_at": 0.0},
        {"tau": 0.0},
        {"forget_seconds": math.nan},
        {"most_seconds": -1.0},
        {"least_quality": 0.0},
        {"least_quality": 1.1},
    ],
)
def test_impossible_rules_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="a decision"):
        replace(RULE, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("rates", [{"far": 0.0}, {"far": 0.2}, {"far": 1e-4, "miss": 0.0}])
def test_impossible_error_rates_are_refused(rates: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="error rates"):
        sequence_rule(toll=4.0, **rates)


@given(st.lists(st.floats(RULE.toll, 20.0), min_size=2, max_size=12), st.randoms())
def test_the_order_of_equal_frames_does_not_matter(values: list[float], random: Random) -> None:
    """Of frames that are equally far apart and equally good, after the first."""
    first, *rest = values
    shuffled = list(rest)
    random.shuffle(shuffled)
    one, other = ([_frame(value) for value in (first, *order)] for order in (rest, shuffled))
    assert _evidence(one) == pytest.approx(_evidence(other))


@given(st.lists(evidence, max_size=30), st.data())
def test_more_evidence_for_never_lowers_belief(frames: list[Evidence], data: st.DataObject) -> None:
    if frames:
        index = data.draw(st.integers(0, len(frames) - 1))
        more = data.draw(st.floats(0.0, 20.0))
        raised = list(frames)
        raised[index] = replace(frames[index], llr=frames[index].llr + more)
        assert _evidence(raised) >= _evidence(frames) - 1e-9
    for_it = data.draw(st.floats(RULE.toll, 30.0))
    assert _evidence([*frames, _frame(for_it)]) >= _evidence(frames) - 1e-9


@given(st.lists(evidence, max_size=20), garbage, st.data())
def test_garbage_frames_are_neutral(
    frames: list[Evidence], bad: Evidence, data: st.DataObject
) -> None:
    clean, dirty = SequentialTest(RULE), SequentialTest(RULE)
    for n, said in enumerate(frames):
        if data.draw(st.booleans()):
            dirty.observe(STEP * (n - 0.5), {"Ada": bad})
        if data.draw(st.booleans()):
            dirty.observe(data.draw(st.sampled_from([math.nan, math.inf, -5.0])), {"Ada": said})
        assert clean.observe(STEP * n, {"Ada": said}) is dirty.observe(STEP * n, {"Ada": said})
        assert clean.evidence("Ada") == dirty.evidence("Ada")


@given(st.lists(evidence | garbage, max_size=60), st.floats(0.001, 3.0))
def test_a_match_always_rests_on_enough_frames(frames: list[Evidence], step: float) -> None:
    test = SequentialTest(RULE)
    for n, said in enumerate(frames):
        before = test.matched
        test.observe(step * n, {"Ada": said})
        if test.matched > before:
            usable = [one for one in frames[: n + 1] if _usable(one)]
            assert sum(one.llr > RULE.toll for one in usable) >= RULE.fewest
            assert said.near


def _usable(said: Evidence) -> bool:
    return math.isfinite(said.llr) and RULE.least_quality <= said.quality <= 1.0


@given(llrs, st.floats(0.0, RULE.least_quality, exclude_max=True))
def test_never_a_match_from_one_frame(llr: float, quality: float) -> None:
    for frame in (Evidence(llr, near=True, quality=quality), Evidence(20.0, near=True)):
        assert _play([frame]) == [Verdict.UNDECIDED]
    picture = SequentialTest(still_rule(toll=4.0))
    assert (
        picture.observe(0.0, {"Ada": Evidence(llr, near=True, quality=quality)})
        is not Verdict.MATCH
    )


@given(st.lists(st.tuples(evidence, st.floats(-1.0, 5.0)), max_size=60))
def test_nobody_is_believed_beyond_the_boundary(frames: list[tuple[Evidence, float]]) -> None:
    test = SequentialTest(RULE)
    time = 0.0
    for said, step in frames:
        time += step
        test.observe(time, {"Ada": said})
        assert 0.0 <= test.evidence("Ada") <= RULE.match_at

"""One lucky frame opens nothing, and nobody waits for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.decision import STILLS, Verdict, VoteRule, Votes
from models.errors import UsageError

ADA = frozenset({"Ada"})
BOB = frozenset({"Bob"})
NOBODY: frozenset[str] = frozenset()

frames = st.lists(st.sampled_from([ADA, BOB, NOBODY, ADA | BOB]), max_size=60)


def test_a_person_needs_several_agreeing_frames() -> None:
    votes = Votes(VoteRule(needed=3, window=5, patience=30))
    verdicts = [votes.observe(names) for names in (ADA, NOBODY, ADA, ADA)]
    assert verdicts == [Verdict.UNDECIDED] * 3 + [Verdict.MATCH]
    assert votes.confirmed == ADA


def test_votes_older_than_the_window_do_not_count() -> None:
    votes = Votes(VoteRule(needed=2, window=3, patience=30))
    verdicts = [votes.observe(names) for names in (ADA, NOBODY, NOBODY, ADA)]
    assert Verdict.MATCH not in verdicts


def test_two_people_do_not_add_up_to_one() -> None:
    votes = Votes(VoteRule(needed=3, window=4, patience=30))
    for names in (ADA, BOB, ADA, BOB):
        assert votes.observe(names) is Verdict.UNDECIDED


def test_patience_ends_in_no() -> None:
    votes = Votes(VoteRule(needed=2, window=2, patience=4))
    assert [votes.observe(NOBODY) for _ in range(4)][-1] is Verdict.NO_MATCH


def test_a_picture_decides_alone() -> None:
    assert Votes(STILLS).observe(ADA) is Verdict.MATCH
    assert Votes(STILLS).observe(NOBODY) is Verdict.UNDECIDED


@pytest.mark.parametrize("numbers", [(0, 5, 30), (6, 5, 30), (3, 31, 30)])
def test_impossible_rules_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(UsageError, match="needed <= window"):
        VoteRule(*numbers)


@given(frames)
def test_a_match_always_has_its_votes(sequence: list[frozenset[str]]) -> None:
    rule = VoteRule()
    votes = Votes(rule)
    for index, names in enumerate(sequence):
        recent = sequence[max(0, index + 1 - rule.window) : index + 1]
        matched = votes.observe(names) is Verdict.MATCH
        counts = {name: sum(name in one for one in recent) for name in ("Ada", "Bob")}
        assert matched == (max(counts.values()) >= rule.needed)
        assert votes.confirmed == {name for name, n in counts.items() if n >= rule.needed}

"""What is kept of past decisions: bounded, per user, and nothing that a file could smuggle in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.state.history import (
    DENIED,
    MOST_ENTRIES,
    MOST_USERS,
    Entry,
    History,
    RequestOrigin,
    fitting,
)
from models.errors import UsageError

_TEXT = st.text(max_size=300).map(fitting)
ENTRIES = st.builds(
    Entry,
    time=st.floats(0, 1e11),
    verdict=_TEXT,
    reason=_TEXT,
    requester=_TEXT,
    session=_TEXT,
    frames=st.integers(0, 10_000),
    milliseconds=st.floats(0, 1e9),
    distance=st.none() | st.floats(0, 2),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["version", "users", "ada", "time", "verdict", "reason"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def entry(number: int, verdict: str = "matched", reason: str = "recognised") -> Entry:
    return Entry(float(number), verdict, reason)


def test_a_user_has_their_own_last_entries() -> None:
    history = History()
    for number in range(MOST_ENTRIES + 5):
        history.add("ada", entry(number))
    history.add("bob", entry(1))
    kept = history.of("ada")
    assert [one.time for one in kept] == list(range(5, MOST_ENTRIES + 5))
    assert [one.time for one in history.of("ada", 2)] == [MOST_ENTRIES + 3, MOST_ENTRIES + 4]
    assert history.of("ada", 0) == ()
    assert len(history.of("bob")) == 1
    assert history.of("eve") == ()


def test_who_was_not_heard_of_longest_is_forgotten_first() -> None:
    history = History()
    for number in range(MOST_USERS):
        history.add(f"user{number}", entry(number))
    history.add("user0", entry(0))
    history.add("one more", entry(1))
    assert history.of("user1") == ()
    assert len(history.of("user0")) == 2


def test_the_same_denial_again_and_again_is_one_entry() -> None:
    history = History()
    history.add("ada", entry(0))
    for number in range(1, 1000):
        history.add("ada", entry(number, DENIED, "LidClosed"))
    assert [one.time for one in history.of("ada")] == [0.0, 999.0]
    history.add("ada", entry(1000, DENIED, "Paused"))
    assert len(history.of("ada")) == 3


def test_a_user_who_was_removed_left_nothing() -> None:
    history = History()
    history.add("ada", entry(1))
    history.forget("ada")
    assert history.to_dict()["users"] == {}


@given(st.lists(ENTRIES, max_size=5))
def test_it_goes_to_a_file_and_back(entries: list[Entry]) -> None:
    history = History()
    for one in entries:
        history.add("ada", one)
    restored, problem = History.restore(json.loads(json.dumps(history.to_dict())))
    assert (restored.of("ada"), problem) == (history.of("ada"), "")


@given(JSON)
def test_any_other_data_is_a_new_history(data: object) -> None:
    history, problem = History.restore(data)
    if problem:
        assert history.to_dict()["users"] == {}
        assert problem.isprintable()


def test_no_file_is_no_problem() -> None:
    assert History.restore(None)[1] == ""


GOOD = {"time": 1.0, "verdict": "matched", "reason": "recognised"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"time": float("nan")},
        {"time": True},
        {"time": None},
        {"milliseconds": None},
        {"frames": -1},
        {"frames": 1.5},
        {"frames": True},
        {"distance": 10**400},
        {"verdict": "a\nb"},
        {"reason": "x" * 257},
        {"session": 7},
        {"surplus": 1},
    ],
)
def test_an_entry_that_is_none_makes_the_file_worthless(wrong: dict[str, object]) -> None:
    good = {"version": 1, "users": {"ada": [GOOD]}}
    assert History.restore(good)[0].of("ada") == (entry(1),)
    history, problem = History.restore({"version": 1, "users": {"ada": [{**GOOD, **wrong}]}})
    assert history.of("ada") == ()
    assert "damaged" in problem


def test_more_than_it_would_have_written_is_damage() -> None:
    users = {"ada": [GOOD] * (MOST_ENTRIES + 1)}
    assert History.restore({"version": 1, "users": users})[1]
    users = {f"user{number}": [GOOD] for number in range(MOST_USERS + 1)}
    assert History.restore({"version": 1, "users": users})[1]


def test_an_entry_takes_no_line_breaks() -> None:
    with pytest.raises(UsageError):
        Entry(1.0, "matched", "a\nb")
    assert fitting("a\nb" + "x" * 300) == "a?b" + "x" * 253


def test_a_requester_is_its_words() -> None:
    assert str(RequestOrigin("uid 7", service="sudo")) == "uid 7"

"""The history in words: one line an attempt, whatever the daemon sends."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api import Error, Reason
from daemon.clients import i18n
from daemon.clients.activity.attempts import Attempt, Sign, read, summary
from daemon.clients.activity.reasons import _WORDS, why

NOON = 1_741_003_200.0


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    i18n.use(None)


def decision(verdict: str, reason: str, *, after: float = 0.0, **more: Any) -> dict[str, Any]:
    """As the daemon sends one, `after` seconds past noon."""
    known = {"requester": "", "service": "", "session": "2", "frames": 5, "milliseconds": 400.0}
    return {"time": NOON + after, "verdict": verdict, "reason": reason, **known, **more}


def one(*decisions: dict[str, Any]) -> Attempt:
    (attempt,) = read(decisions, zone=UTC)
    return attempt


def test_an_attempt_and_the_unlocking_it_led_to_are_one_row() -> None:
    attempt = one(
        decision("matched", "recognised", distance=0.3, threshold=0.6),
        decision("unlocked", "recognised", after=0.2, distance=0.3, threshold=0.6),
    )
    assert (attempt.sign, attempt.verdict, attempt.line) == (
        Sign.UNLOCKED,
        "Unlocked",
        "It was you.",
    )
    assert (attempt.distance, attempt.threshold) == (0.3, 0.6)
    assert attempt.at == datetime.fromtimestamp(NOON + 0.2, UTC)


@pytest.mark.parametrize(
    "unlocking",
    [{"after": 61.0}, {"after": -1.0}, {"session": "3"}],
)
def test_an_unlocking_of_another_time_or_session_is_its_own(unlocking: dict[str, Any]) -> None:
    appearance = decision("matched", "recognised")
    assert len(read([appearance, decision("unlocked", "recognised", **unlocking)])) == 2


def test_an_unlocking_after_a_refusal_is_its_own() -> None:
    refused = decision("not-matched", "not-recognised")
    assert [a.sign for a in read([refused, decision("unlocked", "recognised")])] == [
        Sign.UNLOCKED,
        Sign.REFUSED,
    ]


def test_where_distances_are_not_kept_there_are_none() -> None:
    attempt = one(decision("matched", "recognised"), decision("unlocked", "recognised"))
    assert (attempt.distance, attempt.threshold) == (None, None)


def test_what_asked_is_named() -> None:
    assert one(decision("denied", "Paused", service="sudo")).line == (
        "Face unlock was paused. Asked by sudo."
    )


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("unlocked", "Unlocked"),
        ("matched", "Recognised"),
        ("not-matched", "Not recognised"),
        ("undecided", "Could not tell"),
        ("denied", "No attempt"),
    ],
)
def test_every_verdict_has_words(verdict: str, words: str) -> None:
    assert one(decision(verdict, "stopped")).verdict == words


def test_every_reason_and_error_that_can_come_has_words() -> None:
    never = {  # refused calls of these kinds are not written into the history
        Error.INVALID_ARGUMENTS,
        Error.NOT_PERMITTED,
        Error.NOT_AUTHORIZED,
        Error.NO_SUCH_APPEARANCE,
        Error.NO_SUCH_CAMERA,
        Error.APPEARANCE_EXISTS,
        Error.TOO_MANY_APPEARANCES,
        Error.NO_SUCH_REQUEST,
        Error.BROKEN_CONFIGURATION,
    }
    assert {*Reason, *Error} - never <= set(_WORDS)
    assert all(make().endswith(".") for make in _WORDS.values())


def test_an_unknown_reason_is_shown_as_it_is() -> None:
    assert why("stood-on-head") == "stood on head"
    assert why("x\x1b[2J\n" + "y" * 500).isprintable()


def test_the_newest_comes_first() -> None:
    found = read([decision("denied", "Paused", after=n) for n in range(3)], zone=UTC)
    assert [attempt.at.second for attempt in found] == [2, 1, 0]


def test_a_summary_counts() -> None:
    found = read(
        [
            decision("matched", "recognised", after=0),
            decision("unlocked", "recognised", after=0.1),
            decision("not-matched", "not-recognised", after=60),
            decision("undecided", "no-face", after=120),
        ]
    )
    assert summary(found) == "3 attempts · 1 recognised · 1 refused · 1 undecided"
    assert summary(found[2:]) == "1 attempt · 1 recognised · 0 refused"


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"verdict": "matched"},
        {"verdict": "matched", "time": "noon"},
        {"verdict": "matched", "time": float("nan")},
        {"verdict": "matched", "time": 1e300},
        {"verdict": "matched", "time": True},
        {"verdict": 7, "time": 1.0},
    ],
)
def test_what_is_no_decision_is_left_out(odd: dict[str, Any]) -> None:
    assert read([odd]) == []


SOME = st.one_of(st.text(max_size=8), st.floats(), st.integers(), st.none(), st.booleans())


@given(
    st.lists(
        st.fixed_dictionaries(
            {"verdict": st.sampled_from(["matched", "unlocked", "denied", "x"]), "time": SOME},
            optional=dict.fromkeys(("reason", "service", "session", "distance", "threshold"), SOME),
        )
    )
)
def test_nothing_that_is_sent_is_an_error(decisions: list[dict[str, Any]]) -> None:
    for attempt in read(decisions):
        assert attempt.line.isprintable()
        assert (attempt.distance is None) is (attempt.threshold is None)
    assert summary(read(decisions))

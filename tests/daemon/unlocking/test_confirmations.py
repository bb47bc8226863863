"""An unlocking is written down when the locker has gone, not when it was asked for."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from daemon.api import Reason, Verdict
from daemon.recognition.results import AttemptResult
from daemon.unlocking import confirmations
from daemon.unlocking.confirmations import UnlockConfirmations
from tests.daemon.sessions import LOCKED

MATCHED = AttemptResult(Verdict.MATCHED, Reason.RECOGNISED, "", 3, 0.1, 0.3, {}, at=0.0)
Story = Callable[[UnlockConfirmations], None]


def _written(story: Story) -> list[str]:
    """What is written down of a story, at once and once nothing more can come."""
    written: list[str] = []

    async def play() -> None:
        asked = UnlockConfirmations(
            unlocked=lambda session, methods, _result: written.append(f"{session.id} {methods}"),
            still_locked=lambda session, methods: written.append(f"{session.id} not by {methods}"),
        )
        story(asked)
        written.append("-")
        await asyncio.sleep(0.03)

    asyncio.run(play())
    return written


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmations, "SECONDS", 0.01)


def test_a_locker_that_goes_after_it_was_asked_or_before_the_answer_has_unlocked() -> None:
    def after(asked: UnlockConfirmations) -> None:
        one = asked.asks(LOCKED, MATCHED)
        asked.done(one, "logind")
        asked.locker_gone("1")

    def before(asked: UnlockConfirmations) -> None:
        one = asked.asks(LOCKED, MATCHED)
        asked.locker_gone("1")
        asked.done(one, "logind")

    assert _written(after) == ["1 logind", "-"]
    assert _written(before) == ["1 logind", "-"]


def test_a_locker_that_stays_is_said_to() -> None:
    def stays(asked: UnlockConfirmations) -> None:
        asked.done(asked.asks(LOCKED, MATCHED), "logind")

    assert _written(stays) == ["-", "1 not by logind"]


def test_an_unlock_is_written_down_also_where_it_is_locked_again_before_the_answer() -> None:
    def again(asked: UnlockConfirmations) -> None:
        one = asked.asks(LOCKED, MATCHED)
        asked.locker_gone("1")
        asked.forget("1")
        assert one.over
        asked.done(one, "logind")

    assert _written(again) == ["1 logind", "-"]


def test_an_answer_is_about_the_lock_that_was_asked_about() -> None:
    def later(asked: UnlockConfirmations) -> None:
        one = asked.asks(LOCKED, MATCHED)
        asked.forget("1")
        other = asked.asks(LOCKED, MATCHED)
        asked.done(one, "logind")
        asked.locker_gone("1")
        asked.done(other, "swaylock")

    assert _written(later) == ["1 swaylock", "-"]


def test_what_somebody_else_unlocked_is_not_ours() -> None:
    def failed(asked: UnlockConfirmations) -> None:
        asked.nothing_done(asked.asks(LOCKED, MATCHED))
        asked.locker_gone("1")

    assert _written(lambda asked: asked.locker_gone("1")) == ["-"]
    assert _written(failed) == ["-"]


def test_each_session_is_its_own() -> None:
    def two(asked: UnlockConfirmations) -> None:
        one = asked.asks(LOCKED, MATCHED)
        other = asked.asks(replace(LOCKED, id="2"), MATCHED)
        asked.done(one, "logind")
        asked.done(other, "logind")
        asked.locker_gone("2")

    assert _written(two) == ["2 logind", "-", "1 not by logind"]

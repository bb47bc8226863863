"""What the tests wait with."""

import pytest

from tests import waiting


def test_what_is_waited_for_is_given_back() -> None:
    answers = iter([0, 0, 7])
    assert waiting.eventually(lambda: next(answers), "seven") == 7


def test_waiting_in_vain_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match="waited in vain: never"):
        waiting.eventually(lambda: False, "never", seconds=0.05)


def test_within_asks_once_more_at_the_end() -> None:
    answers = iter([False, False, True])
    assert waiting.within(60.0, lambda: next(answers), between=0.0)
    assert not waiting.within(0.0, lambda: False)
    assert waiting.within(0.0, lambda: True)


def test_what_does_not_stay_fails_at_once() -> None:
    answers = iter([True, True, False])
    with pytest.raises(pytest.fail.Exception, match="did not stay: the lock"):
        waiting.stays(lambda: next(answers), 60.0, "the lock")
    waiting.stays(lambda: True, 0.0, "the lock")

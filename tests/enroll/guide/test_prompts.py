"""What an enrolment says."""

import pytest

from daemon.api import Guidance
from enroll.guide.prompts import (
    POSES,
    SCENES,
    Prompt,
    clause,
    prevailing,
    prompt_of,
    sentence,
    turn_by,
    turn_of,
)


def test_the_words_are_those_of_the_bus() -> None:
    assert Guidance is Prompt


@pytest.mark.parametrize("prompt", Prompt)
def test_each_prompt_is_said_in_a_short_sentence(prompt: Prompt) -> None:
    assert 0 < len(sentence(prompt.value)) <= 44


def test_a_word_of_tomorrow_is_said_as_it_is() -> None:
    assert sentence("show-your-teeth") == "Show your teeth"


def test_reasons_become_prompts() -> None:
    assert prompt_of("too dark") is Prompt.TOO_DARK
    assert prompt_of("poor picture") is None


def test_each_pose_is_asked_for_once() -> None:
    assert len(set(POSES)) == len(POSES) == 6


@pytest.mark.parametrize(
    ("seen", "word"),
    [
        ({}, None),
        ({None: 10}, None),
        ({Prompt.PICTURE_IS_BLACK: 3, None: 20}, None),  # a camera that wakes up
        ({Prompt.PICTURE_IS_BLACK: 3, None: 8}, Prompt.PICTURE_IS_BLACK),
        ({Prompt.TOO_DARK: 3, Prompt.UNCOVER_THE_CAMERA: 4}, Prompt.UNCOVER_THE_CAMERA),
    ],
)
def test_what_was_wrong_often_enough_is_spoken_of(
    seen: dict[Prompt | None, int], word: Prompt | None
) -> None:
    assert prevailing(seen) is word


def test_a_turn_is_one_of_four() -> None:
    assert [turn_by(degrees) for degrees in (0, 90, 180, 270)] == list(SCENES[4:8])
    assert [turn_of(word) for word in SCENES] == [None] * 4 + [0, 90, 180, 270, None]
    with pytest.raises(KeyError):
        turn_by(45)


def test_a_clause_goes_on_after_a_colon() -> None:
    assert clause("picture-is-black") == "the picture is black: is the shutter closed?"

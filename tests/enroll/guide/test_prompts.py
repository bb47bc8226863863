"""What an enrolment says."""

import pytest

from daemon.api import Guidance
from enroll.guide.prompts import POSES, Prompt, prompt_of, sentence


def test_the_words_are_those_of_the_bus() -> None:
    assert Guidance is Prompt


@pytest.mark.parametrize("prompt", Prompt)
def test_each_prompt_is_said_in_a_short_sentence(prompt: Prompt) -> None:
    assert 0 < len(sentence(prompt.value)) <= 40


def test_a_word_of_tomorrow_is_said_as_it_is() -> None:
    assert sentence("show-your-teeth") == "Show your teeth"


def test_reasons_become_prompts() -> None:
    assert prompt_of("too dark") is Prompt.TOO_DARK
    assert prompt_of("poor picture") is None


def test_each_pose_is_asked_for_once() -> None:
    assert len(set(POSES)) == len(POSES) == 6

"""The guide's words: the same in English, others in German."""

import pytest

from daemon.clients import i18n, words
from enroll.guide import prompts
from enroll.guide.prompts import Prompt


@pytest.mark.parametrize("prompt", Prompt)
def test_in_english_the_words_are_the_guides_own(prompt: Prompt) -> None:
    assert words.sentence(prompt.value) == prompts.sentence(prompt.value)


def test_a_word_of_tomorrow_is_said_as_it_is() -> None:
    assert words.sentence("show-your-teeth") == "Show your teeth"


@pytest.mark.parametrize("score", [0.0, 0.6, 0.8, 1.0])
def test_so_are_the_grades(score: float) -> None:
    assert words.grade(score) == prompts.grade(score)


def test_every_prompt_is_said_in_german() -> None:
    i18n.use(i18n.load("de"))
    try:
        for prompt in Prompt:
            assert words.sentence(prompt.value) != prompts.sentence(prompt.value)
    finally:
        i18n.use(None)

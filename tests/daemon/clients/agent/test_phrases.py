"""What is said, in the language that is spoken."""

import gettext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clients.agent.phrases import Phrases, phrases, spoken_locale

ENGLISH = Phrases("en", gettext.NullTranslations())


@pytest.fixture
def locale(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without a language."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a moment"),
        (59.9, "a moment"),
        (60, "1 minute"),
        (89 * 60, "89 minutes"),
        (90 * 60, "2 hours"),
        (35 * 3600, "35 hours"),
        (36 * 3600, "2 days"),
        (400 * 86_400, "400 days"),
        (-1, ""),
        (float("nan"), ""),
        (float("inf"), ""),
    ],
)
def test_a_time_in_words(seconds: float, words: str) -> None:
    assert ENGLISH.away(seconds) == words


@given(st.floats(0, 1e9))
def test_every_time_has_words(seconds: float) -> None:
    for one in (ENGLISH, phrases("de")):
        assert one.away(seconds)
        assert "{" not in one.away(seconds)


def test_german_has_words_of_its_own() -> None:
    german = phrases("de")
    assert german.language == "de"
    assert german.greeting.render("Ada", hour=9) == "Willkommen zurück, Ada"
    assert german.daytimes.at(9) == "Guten Morgen"
    assert german.away(3600) == "60 Minuten"
    assert german.away(2 * 86_400) == "2 Tage"


@pytest.mark.parametrize(
    ("variables", "text", "voice"),
    [
        ({"LANG": "de_AT.UTF-8"}, "de", "de_AT"),
        ({"LANG": "en_GB.UTF-8"}, "en_GB", "en_GB"),
        # There is no Estonian text: what is said is English, and an English voice says it.
        ({"LANG": "et_EE.UTF-8"}, "en", "en"),
        ({"LANGUAGE": "et:de", "LANG": "en_US.UTF-8"}, "de", "de"),
        ({"LANG": "C.UTF-8"}, "C", "C"),
        ({}, "en", "en"),
    ],
)
def test_the_language_of_the_session_and_its_voice(
    locale: pytest.MonkeyPatch, variables: dict[str, str], text: str, voice: str
) -> None:
    for name, value in variables.items():
        locale.setenv(name, value)
    found = phrases()
    assert (found.language, spoken_locale(found)) == (text, voice)


@pytest.mark.parametrize("language", ["de", "de_DE.UTF-8", "de-AT", "de@euro"])
def test_a_language_that_was_chosen(locale: pytest.MonkeyPatch, language: str) -> None:
    locale.setenv("LANG", "en_US.UTF-8")
    assert phrases(language).language == "de"


@pytest.mark.usefixtures("locale")
@pytest.mark.parametrize("language", ["tlh", "../../etc/passwd", "@", "."])
def test_a_language_that_is_not_there_is_english(language: str) -> None:
    assert phrases(language).language == "en"


def test_a_catalogue_cannot_ask_for_more_than_there_is() -> None:
    class Greedy(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return "{name.__class__}" if "{name}" in message else message

    assert Phrases("xx", Greedy()).greeting.render("Ada", hour=9) == "Welcome back, Ada"

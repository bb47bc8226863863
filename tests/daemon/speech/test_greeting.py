"""What is said: a template that is data, and text that is safe to speak."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.speech import Daytimes, Greeting, daytime, sayable
from models.errors import UsageError


def test_the_greeting_names_the_person() -> None:
    assert Greeting().render("Ada", hour=9) == "Welcome back, Ada"


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (4, "evening"),
        (5, "morning"),
        (11, "morning"),
        (12, "afternoon"),
        (17, "afternoon"),
        (18, "evening"),
        (23, "evening"),
        (0, "evening"),
    ],
)
def test_the_greeting_knows_the_time_of_day(hour: int, words: str) -> None:
    assert daytime(hour) == f"Good {words}"
    assert Greeting("{daytime}, {name}").render("Ada", hour=hour) == f"Good {words}, Ada"


@pytest.mark.parametrize(
    "template",
    [
        "",
        "x" * 201,
        "{}",
        "{0}",
        "{name.__class__}",
        "{name[0]}",
        "{name!r}",
        "{name:>999999999}",
        "{name:{daytime}}",
        "{user}",
        "{name",
        "name}",
        "{ name }",
    ],
)
def test_a_greeting_that_asks_for_more_than_its_fields_is_refused(template: str) -> None:
    with pytest.raises(UsageError) as caught:
        Greeting(template)
    assert "\n" not in str(caught.value)


def test_a_name_is_no_template() -> None:
    assert Greeting("Hi {name}").render("{daytime} {0}", hour=9) == "Hi daytime 0"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[h@'loU]] Ada", "h@'loU Ada"),
        ('<audio src="/etc/passwd"/> Ada', 'audio src="/etc/passwd"/ Ada'),
        ("a\x1b[31mb\n\nc\u202ed", "a 31mb c d"),
        ("\ud800 lone", "lone"),
        ("...", ""),
        ("", ""),
        ("Zoë 漢字", "Zoë 漢字"),
    ],
)
def test_what_is_said_has_no_markup_and_no_control_characters(text: str, said: str) -> None:
    assert sayable(text) == said


@given(st.text(st.characters(codec=None), max_size=500))
def test_any_text_becomes_safe(text: str) -> None:
    said = sayable(text)
    assert len(said) <= 200
    assert not set(said) & set("<>[]{}&|\\^`\n\r\t\0")
    assert sayable(said) == said
    said.encode()


TOLD = "{daytime}, {name}. You were away for {away}. Have fun!"


def test_the_time_away_is_told_where_it_is_known() -> None:
    said = Greeting(TOLD).render("Ada", hour=9, away="ten minutes")
    assert said == "Good morning, Ada. You were away for ten minutes. Have fun!"


def test_the_sentence_of_an_unknown_time_away_is_left_out() -> None:
    assert Greeting(TOLD).render("Ada", hour=9) == "Good morning, Ada. Have fun!"


def test_a_greeting_of_one_sentence_is_said_without_what_is_unknown() -> None:
    assert Greeting("Hello {name}, after {away}").render("Ada", hour=9) == "Hello Ada, after"


def test_the_time_of_day_is_in_the_language_that_is_spoken() -> None:
    german = Daytimes("Guten Morgen", "Guten Tag", "Guten Abend")
    said = [Greeting("{daytime}").render("", hour=hour, daytimes=german) for hour in (8, 13, 22)]
    assert said == ["Guten Morgen", "Guten Tag", "Guten Abend"]


@given(name=st.text(st.characters(codec=None)), away=st.text(st.characters(codec=None)))
def test_nothing_in_a_name_reaches_the_engine_as_more_than_words(name: str, away: str) -> None:
    said = Greeting(TOLD).render(name, hour=9, away=away)
    assert not set(said) & set("<>[]{}&|\\^`\n\r\t\0")
    assert len(said) <= 200


def test_a_name_cannot_leave_out_the_rest() -> None:
    assert Greeting(TOLD).render("A\0da", hour=9, away="a day").count("away for a day") == 1

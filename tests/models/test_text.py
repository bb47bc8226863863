"""Text from elsewhere made fit for a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import one_line, printable, readable

HOSTILE = ["\x1b[31m", "\n", "\r", "\t", "\u202e", "\u2066", "\u2028", "\u200b", "\ud800", "\x00"]


@pytest.mark.parametrize("bad", HOSTILE)
def test_nothing_that_a_terminal_obeys_is_left(bad: str) -> None:
    for made in (printable(f"a{bad}b"), one_line(f"a{bad}b")):
        assert made.isprintable()
        assert made.startswith("a")
        assert made.endswith("b")


def test_letters_of_every_language_stay() -> None:
    for text in ("Zoë Ångström", "日本語", "½ €"):
        assert printable(text) == one_line(text) == text


def test_what_stands_instead_and_how_long_it_may_be() -> None:
    assert printable("a\nb") == "a?b"
    assert printable("a\nb", instead="") == "ab"
    assert printable("a\nbcd", 3) == "a?b"
    assert one_line("  a \n\n b\tc ", 3) == "a b"


@pytest.mark.parametrize(
    "word", ["\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", "\u0d9a\u0dca\u200d\u0dc2"]
)
def test_a_joiner_within_a_word_stays_and_any_other_goes(word: str) -> None:
    assert readable(word) == word
    joiner = next(one for one in word if not one.isprintable())
    for text in (f"{joiner}{word}", f"{word}{joiner}", f"a{joiner}b", f"a{joiner}{word}"):
        assert readable(text).count(joiner) == readable(text).count(word)


@given(st.text())
def test_what_is_readable_breaks_out_no_more(text: str) -> None:
    plain = readable(text).replace("\u200c", "").replace("\u200d", "")
    assert plain == "" or plain.isprintable()


@given(st.text(), st.integers(0, 20))
def test_no_text_breaks_out(text: str, longest: int) -> None:
    for made in (printable(text, longest), one_line(text, longest)):
        assert made == "" or made.isprintable()
        assert len(made) <= longest

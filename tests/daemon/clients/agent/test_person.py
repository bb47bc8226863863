"""The name that the agent calls its user by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clients.agent.person import name_of, real_name


@pytest.mark.parametrize(
    ("gecos", "name"),
    [
        ("Ada Lovelace,Room 1,555-1,555-2,x", "Ada Lovelace"),
        ("Ada", "Ada"),
        ("& Lovelace", "Ada Lovelace"),
        ("", "ada"),
        (",,,", "ada"),
        ("  ", "ada"),
        ("A\x1b[31m\nda", "A [31m da"),
        ("x" * 500, "x" * 64),
        ("Zoë 漢字", "Zoë 漢字"),
    ],
)
def test_the_name_is_what_the_user_database_has(gecos: str, name: str) -> None:
    assert name_of(gecos, "ada") == name


@given(st.text(max_size=200), st.text(max_size=40))
def test_every_name_can_be_shown(gecos: str, login: str) -> None:
    name = name_of(gecos, login)
    assert len(name) <= 64
    assert name_of(gecos, "ada").isprintable()


def test_we_have_a_name() -> None:
    assert real_name()

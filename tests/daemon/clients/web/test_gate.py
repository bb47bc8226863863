"""Who is let in, and who is not: other hosts, other sites, other browsers, a used address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clients.web.gate import Gate

HOST = {"Host": "127.0.0.1:8000"}


@pytest.mark.parametrize(
    "headers",
    [
        HOST,
        {"Host": "localhost:8000"},
        {**HOST, "Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
        {**HOST, "Sec-Fetch-Site": "none"},
    ],
)
def test_our_own_page_is_answered(headers: dict[str, str]) -> None:
    assert Gate(8000).refused(headers) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:8001"},
        {"Host": "evil.example:8000"},
        {"Host": "127.0.0.1:8000.evil.example"},
        {**HOST, "Origin": "http://evil.example"},
        {**HOST, "Origin": "null"},
        {**HOST, "Origin": "https://127.0.0.1:8000"},
        {**HOST, "Origin": "http://127.0.0.1:9000"},
        {**HOST, "Sec-Fetch-Site": "cross-site"},
        {**HOST, "Sec-Fetch-Site": "same-site"},
    ],
)
def test_anybody_else_is_refused(headers: dict[str, str]) -> None:
    refusal = Gate(8000).refused(headers)
    assert refusal is not None
    assert refusal.status == 403
    assert refusal.message


def test_the_address_opens_once() -> None:
    gate = Gate(8000)
    token = gate.token
    assert not gate.opens(token[:-1])
    assert gate.opens(token)
    assert not gate.opens(token)
    assert gate.token == ""
    assert not gate.opens("")


def test_secrets_are_new_each_time_and_all_different() -> None:
    gates = [Gate(8000) for _ in range(3)]
    secrets = [secret for gate in gates for secret in (gate.token, gate.cookie, gate.header)]
    assert len(set(secrets)) == len(secrets)
    assert min(map(len, secrets)) >= 32


@given(st.text(max_size=50))
def test_what_is_guessed_is_refused(text: str) -> None:
    gate = Gate(8000)
    assert not gate.opens(text)
    assert gate.known(text) is not None
    assert gate.asked_by_page(text) is not None
    assert gate.known(gate.cookie) is None
    assert gate.asked_by_page(gate.header) is None
    assert gate.known(None) is not None
    assert gate.asked_by_page(None) is not None

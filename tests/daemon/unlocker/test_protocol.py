"""A message is ours to the last byte, or it is nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.unlocker.protocol import (
    ANSWER_SIZE,
    REQUEST_SIZE,
    Answer,
    Code,
    MessageError,
    Request,
)

sessions = st.from_regex(r"[A-Za-z0-9]{1,32}", fullmatch=True)


@given(st.integers(0, 2**32 - 2), sessions)
def test_a_request_arrives_as_it_was_sent(uid: int, session: str) -> None:
    packed = Request(uid, session).pack()
    assert len(packed) == REQUEST_SIZE
    assert Request.unpack(packed) == Request(uid, session)


@given(st.sampled_from(Code), st.text(max_size=600))
def test_an_answer_is_one_line(code: Code, text: str) -> None:
    packed = Answer(code, text).pack()
    assert len(packed) == ANSWER_SIZE
    try:
        assert Answer.unpack(packed).code is code
    except MessageError as error:
        assert not " ".join(text.split()).isprintable(), error


@given(st.binary(max_size=2 * ANSWER_SIZE))
def test_whatever_comes_is_a_message_or_refused(raw: bytes) -> None:
    for kind in (Request, Answer):
        with pytest.raises(MessageError):
            kind.unpack(raw)


@pytest.mark.parametrize("session", ["", "a/b", "1\n", "c1 ", "x" * 33, "ä", "1\0"])
def test_what_is_no_session_is_refused(session: str) -> None:
    with pytest.raises(MessageError):
        Request(1000, session)


@pytest.mark.parametrize("uid", [-1, 2**32 - 1, 2**40])
def test_what_is_no_user_is_refused(uid: int) -> None:
    with pytest.raises(MessageError):
        Request(uid, "1")


@given(st.integers(0, REQUEST_SIZE - 1), st.integers(1, 255))
def test_a_changed_byte_is_seen_or_names_another_session(place: int, change: int) -> None:
    packed = bytearray(Request(1000, "12").pack())
    packed[place] ^= change
    try:
        other = Request.unpack(bytes(packed))
    except MessageError:
        return
    assert other != Request(1000, "12")

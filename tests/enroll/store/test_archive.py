"""Archives: there and back, every change noticed, and nothing costly asked of who opens one."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enroll.errors import StoreError
from enroll.store import archive
from enroll.store.archive import SHORTEST_PASSPHRASE, check_passphrase, pack, unpack
from enroll.template import Adapted, Appearance, Person
from models.errors import UsageError
from tests.enroll.people import CREATED, people, person
from tests.enroll.stored import one_clear_line

WORDS = "correct horse battery"


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that an archive may cost, so that thousands can be tried."""
    monkeypatch.setattr(archive, "_COST", archive._LEAST_COST)


def test_an_archive_opens_as_it_was() -> None:
    rows = np.ones((2, 64), np.float32)
    appearance = Appearance(
        "default", CREATED, "resnet:0", "cosine", rows, 0.5, (Adapted(CREATED, rows[0]),)
    )
    someone = Person("Zoë", (appearance,))
    content = pack(someone, WORDS)
    assert unpack(content, WORDS) == someone
    assert len(content) <= archive.LARGEST_FILE
    assert rows[0].tobytes() not in content
    assert b"resnet" not in content
    with one_clear_line("another passphrase"):
        unpack(content, WORDS + "!")


@settings(max_examples=20, deadline=None)
@given(people(), st.text(min_size=SHORTEST_PASSPHRASE, max_size=40))
def test_anybody_under_any_passphrase(someone: Person, words: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "_COST", archive._LEAST_COST)
        try:
            check_passphrase(words)
            words.encode()
        except (UsageError, UnicodeEncodeError):
            return
        assert unpack(pack(someone, words), words) == someone


@pytest.mark.usefixtures("cheap")
def test_a_passphrase_is_the_same_however_it_is_typed() -> None:
    composed, decomposed = "caf\u00e9 au lait", "cafe\u0301 au lait"
    assert unpack(pack(person(), composed), decomposed) == person()


@pytest.mark.parametrize("words", ["", "short", "x" * 1025, "x" * 10**6])
def test_a_poor_passphrase_is_refused(words: str) -> None:
    with pytest.raises(UsageError, match="8 to 1024 characters"):
        pack(person(), words)


@pytest.mark.usefixtures("cheap")
def test_every_byte_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    content = pack(person(), WORDS)
    # One derivation for all: what is tested is what is authenticated, not the derivation.
    key = archive._key(WORDS, content[15:31], archive._LEAST_COST)
    derived = archive._key

    def quick(passphrase: str, salt: bytes, cost: int) -> bytes:
        same = salt == content[15:31] and cost == archive._LEAST_COST
        return key if same else derived(passphrase, salt, archive._LEAST_COST)

    monkeypatch.setattr(archive, "_key", quick)
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 0x01
        with pytest.raises(StoreError):
            unpack(bytes(changed), WORDS)
    for length in range(0, len(content), 7):
        with pytest.raises(StoreError):
            unpack(content[:length], WORDS)


@pytest.mark.parametrize(
    ("cost", "r", "p"),
    [(0, 8, 1), (13, 8, 1), (19, 8, 1), (63, 8, 1), (255, 8, 1), (17, 255, 1), (17, 8, 255)],
)
def test_a_hostile_archive_makes_nobody_pay(
    monkeypatch: pytest.MonkeyPatch, cost: int, r: int, p: int
) -> None:
    def scrypt(*_: object, **__: object) -> None:
        raise AssertionError("memory and time were spent on it")

    content = bytearray(pack(person(), WORDS))
    content[10:13] = bytes((cost, r, p))
    monkeypatch.setattr(archive, "Scrypt", scrypt)
    with one_clear_line("what no archive of ours does"):
        unpack(bytes(content), WORDS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"\x8fFLARCH\n",
        b"\x8fFLATCH\n" + bytes(100),
        struct.pack(">8sHBBBH16s12s", b"\x8fFLARCH\n", 1, 17, 8, 1, 65535, bytes(16), bytes(12)),
        struct.pack(">8sHBBBH16s12s", b"\x8fFLARCH\n", 1, 17, 8, 1, 0, bytes(16), bytes(12)),
        bytes(archive.LARGEST_FILE + 1),
    ],
    ids=range(7),
)
def test_what_is_no_archive_is_one_clear_line(content: bytes) -> None:
    with one_clear_line():
        unpack(content, WORDS)


def test_a_newer_archive_says_so() -> None:
    content = bytearray(pack(person(), WORDS))
    content[9] = 2
    with one_clear_line("newer", "update"):
        unpack(bytes(content), WORDS)

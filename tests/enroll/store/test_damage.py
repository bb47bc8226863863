"""Every corruption of a template's file is noticed and said in one clear line."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enroll.store import codec, envelope
from enroll.store.store import TemplateStore
from tests.enroll.people import CREATED, appearance, person
from tests.enroll.stored import HERE, one_clear_line


def test_every_single_byte_changed_is_noticed(store: TemplateStore) -> None:
    store.save(person())
    (file,) = store.folder.glob("*.templates")
    content = file.read_bytes()
    key = (store.folder / "key").read_bytes()
    assert codec.unseal(content, key, HERE) == person()
    for place in range(len(content)):
        for flip in (0x01, 0x80, 0xFF):
            changed = bytearray(content)
            changed[place] ^= flip
            with one_clear_line():
                codec.unseal(bytes(changed), key, HERE)


def test_every_cut_and_every_addition_is_noticed(store: TemplateStore) -> None:
    store.save(person())
    (file,) = store.folder.glob("*.templates")
    content = file.read_bytes()
    for length in range(len(content)):
        file.write_bytes(content[:length])
        with one_clear_line(str(file)):
            store.load("ada")
    file.write_bytes(content + b"\0")
    with one_clear_line(str(file)):
        store.load("ada")


def test_a_damaged_file_is_still_somebody_enrolled(store: TemplateStore) -> None:
    store.save(person("ada"))
    store.save(person("bob"))
    (store.folder / "ada.templates").write_bytes(b"garbage")
    assert store.names() == ["ada", "bob"]
    assert store.load("bob") == person("bob")
    with one_clear_line("ada.templates", "facelatch remove"):
        store.load_all()
    with one_clear_line("ada.templates"):
        store.add_appearance("ada", appearance())
    store.save(person("ada", 2))
    assert store.load("ada") == person("ada", 2)


@given(st.binary(max_size=400))
def test_any_bytes_are_one_clear_line(content: bytes) -> None:
    for prefix in (b"", codec.seal(person(), envelope.new_secret(), HERE)[:50]):
        with one_clear_line():
            codec.unseal(prefix + content, envelope.new_secret(), HERE)


@given(
    st.binary(max_size=200)
    | st.just(b"")
    | st.integers(0, 2**32 - 1).map(lambda length: length.to_bytes(4, "big") + b'{"looks": [' * 9)
)
def test_a_payload_that_lies_is_one_clear_line(payload: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "payload_of", lambda _: payload)
        key = envelope.new_secret()
        content = codec.seal(person(), key, HERE)
    with one_clear_line("damaged inside"):
        codec.unseal(content, key, HERE)


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [64, 1024]},
        {"shape": [-1, 64]},
        {"shape": [1, 10**30]},
        {"shape": [1]},
        {"shape": "1,"},
        {"shape": [1.0, 64.0]},
        {"shape": [True, 64]},
        {"camera": 5},
        {"camera": "a\nb"},
        {"name": 5},
        {"name": "../x"},
        {"created": None},
        {"model_id": []},
        {"metric": "angry"},
        {"metric": ["euclidean"]},
        {"quality": 2.0},
        {"quality": "good"},
        {"quality": True},
        {"adapted": [CREATED]},
        {"adapted": [CREATED] * 10**4},
        {"adapted": "2025"},
        {"adapted": {}},
        {"adapted": None},
    ],
)
def test_a_header_that_lies_is_one_clear_line(change: dict[str, object]) -> None:
    original: Callable[[object], str] = json.dumps

    def dumps(header: Any, **options: bool) -> str:
        assert options == {"allow_nan": False}
        header["looks"][0].update(change)
        return original(header)

    key = envelope.new_secret()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json, "dumps", dumps)
        content = codec.seal(person(), key, HERE)
    with one_clear_line("damaged inside"):
        codec.unseal(content, key, HERE)


def test_a_file_copied_to_another_name_is_refused(store: TemplateStore) -> None:
    store.save(person("ada"))
    store.save(person("bob", 2))
    (store.folder / "bob.templates").write_bytes((store.folder / "ada.templates").read_bytes())
    with one_clear_line("bob.templates", "belongs to 'ada'"):
        store.load("bob")


def test_a_file_relabelled_for_another_name_is_refused() -> None:
    key = envelope.new_secret()
    content = codec.seal(person("ada"), key, HERE)
    with one_clear_line("damaged, or sealed with another key"):
        codec.unseal(content.replace(b"ada", b"bob", 1), key, HERE)


def test_a_stray_file_is_named(store: TemplateStore) -> None:
    store.save(person())
    for stray in ("%2E%2E.templates", "%ff.templates", "a%62.templates", ".templates"):
        (store.folder / stray).write_bytes(b"")
        (store.folder / stray).chmod(0o600)
        with one_clear_line(stray, "move it away"):
            store.names()
        (store.folder / stray).unlink()


def test_an_oversize_file_is_refused_unread(store: TemplateStore) -> None:
    store.save(person())
    for which, size in (("ada.templates", codec.LARGEST_FILE + 1), ("key", 10**12)):
        path = store.folder / which
        kept = path.read_bytes()
        path.chmod(0o600)
        os.truncate(path, size)
        with one_clear_line("too large"):
            store.load("ada")
        path.write_bytes(kept)


def test_a_newer_version_is_refused_and_left_alone(store: TemplateStore) -> None:
    store.save(person())
    file = store.folder / "ada.templates"
    newer = bytearray(file.read_bytes())
    newer[9] += 1
    file.write_bytes(newer)
    for act in (
        lambda: store.load("ada"),
        lambda: store.save(person(value=2)),
        lambda: store.add_appearance("ada", appearance()),
    ):
        with one_clear_line("newer Facelatch", "update Facelatch"):
            act()
    assert file.read_bytes() == newer

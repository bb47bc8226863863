"""How often an appearance was used: counted, bounded, never in the way of a template."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enroll.errors import StoreError
from enroll.store import envelope, usage
from enroll.store.binding import Place
from enroll.store.store import TemplateStore
from enroll.store.usage import MOST, Use, counted
from models.errors import UsageError
from tests.enroll.people import CREATED, appearance, person
from tests.enroll.stored import files_in

HERE = Place(bytes(16), 1000)
LATER = "2025-03-02T12:00:00Z"
KEY = ("default", "resnet:0")

kept = st.dictionaries(
    st.tuples(st.text(max_size=64), st.text(max_size=128)),
    st.builds(
        Use,
        st.integers(1, MOST),
        st.datetimes().map(lambda moment: moment.isoformat() + "+00:00"),
    ),
    max_size=16,
)


@given(kept)
def test_uses_are_kept_as_they_were(some: dict[tuple[str, str], Use]) -> None:
    secret = envelope.new_secret()
    sealed = usage.seal("ada", some, secret, HERE)
    assert len(sealed) <= usage.LARGEST_FILE
    assert usage.unseal(sealed, secret, HERE) == some


def test_counting() -> None:
    first = counted(None, times=1, last=CREATED)
    assert first == Use(1, CREATED)
    assert counted(first, times=3, last=LATER) == Use(4, LATER)
    # The clock was set back.
    assert counted(Use(1, LATER), times=1, last=CREATED) == Use(2, LATER)
    assert counted(Use(MOST, CREATED), times=5, last=CREATED).count == MOST


@pytest.mark.parametrize("count", [0, -1, MOST + 1, 1.5, True, "1", None, 10**400])
def test_a_count_that_is_none_is_refused(count: Any) -> None:
    with pytest.raises(UsageError):
        Use(count, CREATED)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b'{"uses": 5}',
        b'{"uses": [5]}',
        b'{"uses": [{"look": 1, "model": "m", "count": 1, "last": "2025-03-01T12:00:00Z"}]}',
        b'{"uses": [{"look": "a", "model": "m", "count": 1e99, "last": "2025-03-01T12:00:00Z"}]}',
        b'{"uses": [{"look": "a", "model": "m", "count": 1, "last": "yesterday"}]}',
        b'{"uses": ' + b"[" * 9999,
        json.dumps({"uses": [{}] * 17}).encode(),
    ],
)
def test_uses_that_lie_are_damaged(payload: bytes) -> None:
    secret = envelope.new_secret()
    sealed = envelope.seal(usage.USES, payload, name="ada", secret=secret, place=HERE)
    with pytest.raises(StoreError, match="damaged inside"):
        usage.unseal(sealed, secret, HERE)


def test_uses_are_no_templates_nor_the_other_way_round(store: TemplateStore) -> None:
    store.save(person())
    store.keep_uses("ada", {KEY: Use(1, CREATED)})
    templates, used = store.folder / "ada.templates", store.folder / "ada.uses"
    kept = templates.read_bytes()
    templates.write_bytes(used.read_bytes())
    with pytest.raises(StoreError, match="not a file of templates"):
        store.load("ada")
    used.write_bytes(kept)
    assert store.uses("ada") == {}
    # Relabelled, they do not open either: the kind is part of the key.
    templates.write_bytes(b"\x8fFLATCH\n" + store_uses(store))
    with pytest.raises(StoreError, match="damaged"):
        store.load("ada")


def store_uses(store: TemplateStore) -> bytes:
    """Uses of ada without their magic."""
    secret = (store.folder / "key").read_bytes()
    place = store._access.seal(None).place("ada")
    return usage.seal("ada", {KEY: Use(1, CREATED)}, secret, place)[8:]


@pytest.fixture
def store(tmp_path: Any) -> TemplateStore:
    return TemplateStore(tmp_path / "templates")


def test_the_store_keeps_uses_beside_the_templates(store: TemplateStore) -> None:
    store.save(person())
    assert store.uses("ada") == {}
    store.keep_uses("ada", {KEY: Use(7, CREATED)})
    assert store.uses("ada") == {KEY: Use(7, CREATED)}
    assert files_in(store) == ["ada.templates", "ada.uses", "key", "lock"]
    assert store.names() == ["ada"]
    assert store.load("ada") == person()


def test_nobody_s_uses_are_kept(store: TemplateStore) -> None:
    store.keep_uses("ada", {KEY: Use(1, CREATED)})
    assert not store.folder.exists()
    store.save(person("bob"))
    store.keep_uses("ada", {KEY: Use(1, CREATED)})
    assert files_in(store) == ["bob.templates", "key", "lock"]


def test_counting_waits_for_no_disk(store: TemplateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(person())

    def fsync(_: int) -> None:
        raise AssertionError("a count is not worth a sync")

    monkeypatch.setattr(os, "fsync", fsync)
    store.keep_uses("ada", {KEY: Use(1, CREATED)})
    assert store.uses("ada") == {KEY: Use(1, CREATED)}


def _cut(content: bytes) -> bytes:
    return content[:20]


@pytest.mark.parametrize("damage", [_cut, lambda _: b"", lambda content: content[:-1] + b"\0\0"])
def test_damaged_uses_count_as_none_and_are_written_anew(
    store: TemplateStore, damage: Callable[[bytes], bytes]
) -> None:
    store.save(person())
    store.keep_uses("ada", {KEY: Use(9, CREATED)})
    file = store.folder / "ada.uses"
    file.write_bytes(damage(file.read_bytes()))
    assert store.uses("ada") == {}
    assert store.load("ada") == person()
    store.keep_uses("ada", {KEY: Use(1, LATER)})
    assert store.uses("ada") == {KEY: Use(1, LATER)}


def test_a_renamed_appearance_keeps_its_uses(store: TemplateStore) -> None:
    store.add_appearance("ada", appearance())
    store.add_appearance("ada", appearance(2, "beard"))
    store.keep_uses("ada", {KEY: Use(9, CREATED), ("beard", "resnet:0"): Use(2, LATER)})
    store.rename_appearance("ada", "default", "plain")
    assert store.uses("ada") == {
        ("plain", "resnet:0"): Use(9, CREATED),
        ("beard", "resnet:0"): Use(2, LATER),
    }


def test_an_appearance_that_went_or_was_taken_anew_begins_at_nought(store: TemplateStore) -> None:
    store.add_appearance("ada", appearance())
    store.add_appearance("ada", appearance(2, "beard"))
    beard = ("beard", "resnet:0")
    store.keep_uses("ada", {KEY: Use(9, CREATED), beard: Use(2, LATER)})
    store.add_appearance("ada", appearance(3, "beard"))
    assert store.uses("ada") == {KEY: Use(9, CREATED)}
    store.remove_appearance("ada", "default")
    assert store.uses("ada") == {}
    store.add_appearance("ada", appearance())
    assert store.uses("ada") == {}


def test_removing_takes_the_uses_too(store: TemplateStore) -> None:
    store.save(person())
    store.keep_uses("ada", {KEY: Use(9, CREATED)})
    removal = store.remove("ada")
    assert [path.name for path in removal.files] == ["ada.templates", "ada.uses"]
    assert removal.doubts == ()
    assert files_in(store) == ["key", "lock"]
    store.save(person())
    assert store.uses("ada") == {}

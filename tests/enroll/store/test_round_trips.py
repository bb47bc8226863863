"""What is stored comes back as it was, under every name that is allowed, and goes when removed."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from enroll.errors import NotEnrolledError
from enroll.store import codec, envelope
from enroll.store.codec import TEMPLATES
from enroll.store.store import TemplateStore, default_folder
from enroll.template import MOST_ADAPTED, Adapted, Appearance, Person
from models.errors import UsageError
from tests.enroll.people import CREATED, appearance, names, people, person
from tests.enroll.stored import HERE, files_in


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(people())
def test_what_is_sealed_opens_as_it_was(someone: Person) -> None:
    key = envelope.new_secret()
    content = codec.seal(someone, key, HERE)
    assert len(content) <= codec.LARGEST_FILE
    assert envelope.label(TEMPLATES, content).name == someone.name
    opened = codec.unseal(content, key, HERE)
    assert opened == someone
    assert not any(one.embeddings.flags.writeable for one in opened.appearances)


def test_the_largest_person_fits() -> None:
    name, rows = "\U0001f980" * 64, np.ones((64, 1024), np.float32)
    adapted = tuple(Adapted(CREATED, rows[0]) for _ in range(MOST_ADAPTED))
    appearances = tuple(
        Appearance(
            f"{n:02}" + name[2:],
            CREATED,
            "é" * 128,
            "euclidean",
            rows,
            1 / 3,
            adapted,
            "\u00e9" * 160,
        )
        for n in range(16)
    )
    largest = Person(name, appearances)
    key = envelope.new_secret()
    content = codec.seal(largest, key, HERE)
    assert len(content) <= codec.LARGEST_FILE
    assert codec.unseal(content, key, HERE) == largest


def test_the_camera_is_named_and_older_files_name_none() -> None:
    someone = person("ada", 1)
    assert b"camera" not in codec.payload_of(someone)
    named = Person("ada", (replace(someone.appearances[0], camera="04f2:b6d0 at usb-1"),))
    assert codec.person_of("ada", codec.payload_of(named)) == named
    assert named != someone
    for wrong in ("x" * 161, "a\nb", "a\u202eb"):
        with pytest.raises(UsageError):
            replace(someone.appearances[0], camera=wrong)


def test_the_store_keeps_people(store: TemplateStore) -> None:
    assert store.names() == []
    assert store.load_all() == []
    store.save(person("bob", 2))
    store.save(person("ada", 1))
    store.save(person("ada", 3))
    assert store.names() == ["ada", "bob"]
    assert store.load("ada") == person("ada", 3)
    assert store.load_all() == [person("ada", 3), person("bob", 2)]
    store.remove("ada")
    assert store.names() == ["bob"]
    assert TemplateStore(store.folder).load("bob") == person("bob", 2)


@pytest.mark.parametrize(
    "name",
    [
        *("key", "lock", "a b", "100%", "a%2Cb", "~ada", "o'neil", "Zoë", "$(id)", "-rf", "a*"),
        *("漢" * 64, "漢" * 63 + "字", "\U0001f980" * 64, "x" * 64, "a\\b"),
    ],
)
def test_every_name_has_its_own_file(store: TemplateStore, name: str) -> None:
    store.save(person("漢" * 63 + "子"))
    store.save(person(name))
    assert store.load(name) == person(name)
    assert name in store.names()
    assert len(store.names()) == 2
    assert all(len(os.fsencode(file)) <= 255 for file in files_in(store))
    store.remove(name)
    assert store.names() == ["漢" * 63 + "子"]


def test_a_name_is_found_in_either_form(store: TemplateStore) -> None:
    store.save(person("Zo\u00eb"))
    assert store.load("Zoe\u0308").name == "Zo\u00eb"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names)
def test_any_name_is_kept_or_refused(tmp_path: Path, name: str) -> None:
    store = TemplateStore(tmp_path / "templates")
    try:
        someone = person(name)
    except UsageError:
        with pytest.raises(UsageError):
            store.load(name)
        return
    store.save(someone)
    assert store.load(name) == someone
    assert store.names() == [someone.name]
    store.remove(name)


def test_appearances_are_added_and_replaced(store: TemplateStore) -> None:
    store.add_appearance("ada", appearance(1))
    store.add_appearance("ada", appearance(2, "glasses"))
    assert store.add_appearance("ada", appearance(3)) == store.load("ada")
    assert {one.name: one.embeddings[0, 0] for one in store.load("ada").appearances} == {
        "glasses": 2,
        "default": 3,
    }


def test_more_appearances_than_allowed_change_nothing(store: TemplateStore) -> None:
    for number in range(16):
        store.add_appearance("ada", appearance(name=f"appearance {number}"))
    with pytest.raises(UsageError, match="16 appearances"):
        store.add_appearance("ada", appearance(name="one more"))
    assert len(store.load("ada").appearances) == 16


@pytest.mark.parametrize(
    ("act", "advice"),
    [(TemplateStore.load, "facelatch enroll ada"), (TemplateStore.remove, "facelatch list")],
)
def test_nobody_is_not_enrolled(
    store: TemplateStore, act: Callable[[TemplateStore, str], object], advice: str
) -> None:
    with pytest.raises(NotEnrolledError, match=advice):
        act(store, "ada")
    store.save(person("bob"))
    with pytest.raises(NotEnrolledError, match=advice):
        act(store, "ada")


def test_reading_makes_nothing(store: TemplateStore, tmp_path: Path) -> None:
    store.names()
    with pytest.raises(NotEnrolledError):
        store.load("ada")
    with pytest.raises(NotEnrolledError):
        store.remove("ada")
    assert list(tmp_path.iterdir()) == []


def test_the_default_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", "/xdg")
    assert default_folder() == Path("/xdg/facelatch/templates")
    for unset in ("", "relative/path"):
        monkeypatch.setenv("XDG_DATA_HOME", unset)
        assert default_folder() == tmp_path / ".local/share/facelatch/templates"

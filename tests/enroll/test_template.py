"""Names, appearances and people: bounds, and distances that never cross models."""

import math
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enroll.template import Appearance, Person, check_name, nearest, now
from models.errors import UsageError
from models.types import Array, Metric

CREATED = "2025-03-01T12:00:00Z"


def row(*values: float, dimension: int = 64) -> Array:
    """An embedding that starts with these values."""
    vector = np.zeros(dimension, dtype=np.float32)
    vector[: len(values)] = values
    return vector


def appearance(
    *rows: Array,
    name: str = "default",
    model_id: str = "resnet:0",
    metric: Metric = "euclidean",
    created: str = CREATED,
) -> Appearance:
    return Appearance(name, created, model_id, metric, np.stack(rows or (row(1),)))


@pytest.mark.parametrize(
    "name",
    [
        *("Ada", "ada lovelace", "Zoë", "漢字", "o'Neil", "a-b_c.d~e%f", "x" * 64),
        # Persian with a non-joiner, and a Sinhala conjunct with a joiner.
        *("\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", "\u0d9a\u0dca\u200d\u0dc2"),
    ],
)
def test_ordinary_names_pass(name: str) -> None:
    assert check_name(name) == name


def test_a_name_is_composed() -> None:
    assert check_name("Zoe\u0308") == "Zoë"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        " ada",
        "ada ",
        "\u3000ada",
        "x" * 65,
        "x" * 10_000_000,
        ".",
        "..",
        ".hidden",
        "a/b",
        "../ada",
        "a\0b",
        "a\nb",
        "a\tb",
        "a\x1b[31m",
        "a\u202eb",
        "a\u2066b",
        "a\u200bb",
        "a\u200cb",
        "\u200d\u0639\u0644\u06cc",
        "\u0639\u0644\u06cc\u200d",
        "\u0639\u200c\u200c\u0644",
        "a\ufeffb",
        "a\u2028b",
        "a\ud800",
        "a\ue000",
        "\u3164",
        "a\u115fb",
    ],
)
def test_names_that_hide_or_lead_astray_are_refused(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_name(name)
    assert str(caught.value).isprintable()


def test_the_character_that_is_refused_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        check_name("ada\u202e")
    assert "U+202E (RIGHT-TO-LEFT OVERRIDE)" in str(caught.value)


@given(st.text(st.characters(codec=None), max_size=80))
def test_any_name_passes_unchanged_a_second_time_or_is_refused(name: str) -> None:
    try:
        checked = check_name(name)
    except UsageError:
        return
    assert check_name(checked) == checked
    assert checked.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert unicodedata.is_normalized("NFC", checked)
    assert "/" not in checked


def test_the_embeddings_of_an_appearance_cannot_be_changed() -> None:
    given_rows = np.ones((2, 64), dtype=np.float32)
    made = Appearance("default", CREATED, "resnet:0", "euclidean", given_rows)
    given_rows[:] = 7
    assert (made.embeddings == 1).all()
    with pytest.raises(ValueError, match="read-only"):
        made.embeddings[0, 0] = 2


@pytest.mark.parametrize(
    "embeddings",
    [
        np.zeros((0, 64)),
        np.zeros((65, 64)),
        np.zeros((1, 63)),
        np.zeros((1, 1025)),
        np.zeros(64),
        np.zeros((1, 1, 64)),
        np.full((1, 64), math.nan),
        np.full((1, 64), math.inf),
        np.full((1, 64), 1e30),
    ],
)
def test_embeddings_out_of_bounds_are_refused(embeddings: Array) -> None:
    with pytest.raises(UsageError):
        Appearance("default", CREATED, "resnet:0", "euclidean", embeddings)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "a/b"},
        {"created": "yesterday"},
        {"created": "2025-03-01T12:00:00"},
        {"created": "0001-01-01T00:00:00+23:00"},
        {"model_id": ""},
        {"model_id": "two words"},
        {"model_id": "x" * 129},
        {"model_id": "a\u202eb"},
        {"metric": "manhattan"},
    ],
)
def test_an_appearance_with_a_field_out_of_bounds_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        appearance(**fields)  # type: ignore[arg-type]


def test_the_date_of_an_appearance_is_kept_in_utc() -> None:
    assert appearance(created="2025-03-01T14:00:00.5+02:00").created == CREATED
    assert appearance(created=now()).created.endswith("Z")


def test_the_template_is_the_centre() -> None:
    assert np.array_equal(appearance(row(1), row(3)).template, row(2))


def test_a_person_is_as_far_as_the_nearest_appearance() -> None:
    person = Person("ada", (appearance(row(1)), appearance(row(4), row(6), name="glasses")))
    assert person.distance(row(5), "resnet:0") == pytest.approx(0)
    assert person.distance(row(1.5), "resnet:0") == pytest.approx(0.5)


def test_appearances_of_another_model_match_nobody() -> None:
    person = Person("ada", (appearance(row(1)), appearance(row(2), model_id="other:0")))
    assert person.distance(row(1), "other:0") == pytest.approx(1)
    assert person.distance(row(1), "third:0") == math.inf


def test_a_probe_of_another_dimension_matches_nobody() -> None:
    assert Person("ada", (appearance(),)).distance(row(1, dimension=128), "resnet:0") == math.inf


def test_a_probe_that_is_not_finite_matches_nobody() -> None:
    assert Person("ada", (appearance(),)).distance(row(math.nan), "resnet:0") == math.inf


def test_the_nearest_person_is_found() -> None:
    people = [Person("ada", (appearance(row(1)),)), Person("bob", (appearance(row(3)),))]
    found = nearest(people, row(2.5), "resnet:0")
    assert found is not None
    assert found[0].name == "bob"
    assert found[1] == pytest.approx(0.5)
    assert nearest(people, row(2.5), "other:0") is None
    assert nearest([], row(2.5), "resnet:0") is None


def test_an_appearance_replaces_the_one_of_its_name_and_model() -> None:
    person = Person("ada", (appearance(row(1)), appearance(row(2), model_id="other:0")))
    changed = person.with_appearance(appearance(row(3)))
    assert [(one.model_id, one.template[0]) for one in changed.appearances] == [
        ("other:0", 2.0),
        ("resnet:0", 3.0),
    ]
    assert len(person.with_appearance(appearance(name="glasses")).appearances) == 3


def test_a_person_has_bounds() -> None:
    many = tuple(appearance(name=f"appearance {n}") for n in range(16))
    assert len(Person("ada", many).appearances) == 16
    for appearances in ((), (appearance(), appearance()), (*many, appearance())):
        with pytest.raises(UsageError):
            Person("ada", appearances)
    with pytest.raises(UsageError):
        Person("ada/", (appearance(),))

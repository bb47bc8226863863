"""People with templates, made in a line or drawn by hypothesis."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from enroll.template import MOST_ADAPTED, Adapted, Appearance, Person
from models.errors import UsageError

CREATED = "2025-03-01T12:00:00Z"

EVERYBODY = ("ada", "bob")
"""Whoever is enrolled in these tests, for `TemplateStore.reseal`."""


def appearance(value: float = 1.0, name: str = "default", model_id: str = "resnet:0") -> Appearance:
    rows = np.full((1, 64), value, dtype=np.float32)
    return Appearance(name, CREATED, model_id, "euclidean", rows)


def person(name: str = "ada", value: float = 1.0) -> Person:
    return Person(name, (appearance(value),))


names = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=64
).map(lambda text: text.lstrip("."))
embeddings = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 64), st.integers(64, 130)),
    elements=st.floats(-1e4, 1e4, width=32),
)
dates = st.lists(st.datetimes(), max_size=MOST_ADAPTED)


@st.composite
def people(draw: st.DrawFn) -> Person:
    keys = draw(st.lists(st.tuples(names, st.sampled_from("abc")), min_size=1, max_size=16))
    try:
        return Person(
            draw(names),
            tuple(
                Appearance(
                    name,
                    draw(st.datetimes()).isoformat() + "+00:00",
                    f"model:{model}",
                    draw(st.sampled_from(["euclidean", "cosine"])),
                    (rows := draw(embeddings)),
                    draw(st.none() | st.floats(0.0, 1.0)),
                    tuple(
                        Adapted(date.isoformat() + "+00:00", row)
                        for date, row in zip(draw(dates), rows, strict=False)
                    ),
                )
                for name, model in dict.fromkeys(keys)
            ),
        )
    except UsageError:
        return person()

"""What tests look at in a store: its files, and the one line in which it refuses."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from enroll.errors import NotEnrolledError, StoreError
from enroll.store.binding import Place, machine_of
from enroll.store.store import TemplateStore

HERE = Place(machine_of(), os.geteuid())


def files_in(store: TemplateStore) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir())


@contextmanager
def one_clear_line(*words: str) -> Iterator[None]:
    """A StoreError of one printable line with these words; never "not enrolled"."""
    with pytest.raises(StoreError) as caught:
        yield
    assert not isinstance(caught.value, NotEnrolledError)
    line = str(caught.value)
    assert line.isprintable()
    assert all(word in line for word in words), line

"""Reading MTCNN's weights: arrays come out of the package's files, and nothing else can."""

import os
import pickle
import struct
from typing import Any

import lz4.frame
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert.mtcnn import read_arrays
from models.errors import ConversionError

SHAPES = {
    "pnet": [(3, 3, 3, 10), (10,), (1, 1, 10)],
    "rnet": [(3, 3, 3, 28), (28,), (1, 1, 28)],
    "onet": [(3, 3, 3, 32), (32,), (1, 1, 32)],
}


def published() -> list[bytes]:
    model = spec("mtcnn")
    return [read_source(model, source) for source in model.sources]


def test_the_published_files_hold_arrays() -> None:
    for content, shapes in zip(published(), SHAPES.values(), strict=True):
        arrays = read_arrays(content)
        assert [array.shape for array in arrays[:3]] == shapes
        assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in arrays)


def test_they_are_the_arrays_that_joblib_reads() -> None:
    import io

    import joblib

    for content in published():
        expected = joblib.load(io.BytesIO(lz4.frame.decompress(content)))
        arrays = read_arrays(content)
        assert len(arrays) == len(expected)
        assert all(np.array_equal(a, b) for a, b in zip(arrays, expected, strict=True))


class Hostile:
    def __repr__(self) -> str:
        return "hostile"

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch /tmp/facelatch-was-here",)


class Naming:
    """Pickles as a call of any class by its name."""

    def __init__(self, function: Any, *arguments: object) -> None:
        self.parts = (function, arguments)

    def __repr__(self) -> str:
        return f"{self.parts[0].__name__}{self.parts[1]}"

    def __reduce__(self) -> tuple[Any, ...]:
        return self.parts


@pytest.mark.parametrize(
    "payload",
    [
        [Hostile()],
        [Naming(np.dtype, "f8")],
        [Naming(np.dtype, "O")],
        [Naming(np.ndarray, (3,))],
        [Naming(np.load, "x.npy")],
        Naming(eval, "1"),
        ["text"],
        7,
        {},
        np.zeros(3),
        None,
    ],
    ids=repr,
)
def test_any_other_pickle_is_refused(payload: object) -> None:
    with pytest.raises(ConversionError):
        read_arrays(lz4.frame.compress(pickle.dumps(payload)))


def test_a_hostile_pickle_ran_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(os, "system", ran.append)
    with pytest.raises(ConversionError, match="not allowed"):
        read_arrays(lz4.frame.compress(pickle.dumps([Hostile()])))
    assert ran == []


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 700), st.binary(min_size=1, max_size=6))
def test_damaged_files_are_arrays_or_refused(at: int, damage: bytes) -> None:
    whole = lz4.frame.decompress(published()[0])
    damaged = whole[:at] + damage + whole[at + len(damage) :]
    try:
        arrays = read_arrays(lz4.frame.compress(damaged))
    except ConversionError:
        return
    assert all(type(array) is np.ndarray and array.dtype == np.float32 for array in arrays)


def test_truncated_files_are_refused() -> None:
    content = published()[0]
    whole = lz4.frame.decompress(content)
    for end in (0, 1, 100, 229, 260, 1000, len(whole) - 200):
        with pytest.raises(ConversionError):
            read_arrays(lz4.frame.compress(whole[:end]))
    with pytest.raises(ConversionError):
        read_arrays(content[: len(content) // 2])
    with pytest.raises(ConversionError):
        read_arrays(b"not packed at all")


def test_a_file_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = lz4.frame.compress(bytes(8_000_000))
    assert len(bomb) < 100_000
    with pytest.raises(ConversionError):
        read_arrays(bomb)


def test_impossible_shapes_are_refused() -> None:
    whole = lz4.frame.decompress(published()[0])
    shape = b"(K\x03K\x03K\x03K\nt"
    assert whole.count(shape) == 1
    for rows in (b"K\x00", b"J" + struct.pack("<i", -3), b"J" + struct.pack("<i", 2**30)):
        for changed in (b"(" + rows + b"K\x03K\x03K\nt",):
            # The frame's length, eight bytes behind its opcode, grows with the shape.
            longer = len(changed) - len(shape)
            length = struct.unpack("<Q", whole[3:11])[0] + longer
            forged = whole[:3] + struct.pack("<Q", length) + whole[11:].replace(shape, changed)
            with pytest.raises(ConversionError):
                read_arrays(lz4.frame.compress(forged))

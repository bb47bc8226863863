"""PyTorch's checkpoints: what is read, and that nothing a hostile one says is done."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.convert.torch_file import read_tensors
from models.errors import ConversionError
from tests.models.convert import torch_writer as writer

WEIGHTS = {
    "a.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a.bias": np.array([-1.5], dtype=np.float32),
}
WHOLE = writer.checkpoint(WEIGHTS)


def test_tensors_are_read_by_name_and_in_order() -> None:
    found = read_tensors(WHOLE)
    assert list(found) == list(WEIGHTS)
    for name, values in WEIGHTS.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == np.float32


def test_a_tensor_may_be_part_of_a_storage() -> None:
    part = writer.tensor("a", length=6, offset=2, shape=(2, 2), strides=(2, 1))
    content = writer.checkpoint({"a": WEIGHTS["a.weight"]}, described=writer.entries(part))
    assert read_tensors(content)["a"].tolist() == [[2, 3], [4, 5]]


class Runs:
    """What a pickle may do when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


def test_a_program_inside_is_not_run(tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    content = writer.checkpoint(WEIGHTS, described=writer.plain({"a": Runs(proof)}))
    with pytest.raises(ConversionError, match="posix system"):
        read_tensors(content)
    assert not proof.exists()


def entry(**changed: object) -> bytes:
    settings: dict[str, object] = {"length": 6, "shape": (2, 3), "strides": (3, 1)}
    return writer.entries(writer.tensor("a", **{**settings, **changed}))  # type: ignore[arg-type]


ONE = {"a": WEIGHTS["a.weight"]}
HOSTILE = {
    "empty": b"",
    "text": b"hello",
    "zip": b"PK\x03\x04" + bytes(100),
    "another magic number": writer.checkpoint(ONE, head=writer.plain(7)),
    "another version": writer.checkpoint(ONE, head=writer.MAGIC + writer.plain(1002)),
    "big-endian": writer.checkpoint(
        ONE, head=writer.MAGIC + writer.VERSION + writer.plain({"little_endian": False})
    ),
    "cut in the description": WHOLE[:120],
    "cut in the numbers": WHOLE[:-2],
    "bytes at the end": WHOLE + b"x",
    "no tensors": writer.checkpoint(ONE, described=writer.plain({"a": 7})),
    "no dictionary": writer.checkpoint(ONE, described=writer.plain([1])),
    "other keys": writer.checkpoint(ONE, keys=["b"]),
    "a key twice": writer.checkpoint(ONE, keys=["a", "a"]),
    "keys that are no texts": writer.checkpoint(ONE, described=entry(), keys=[]),
    "another length": writer.checkpoint(ONE, lengths={"a": 5}),
    "a negative length": writer.checkpoint(ONE, lengths={"a": -1}),
    "a vast length": writer.checkpoint(
        ONE, described=entry(length=2**31 - 1), lengths={"a": 2**31 - 1}
    ),
    "beyond the storage": writer.checkpoint(ONE, described=entry(offset=1)),
    "before the storage": writer.checkpoint(ONE, described=entry(offset=-1)),
    "a vast shape": writer.checkpoint(ONE, described=entry(shape=(2**30, 2**30))),
    "a negative shape": writer.checkpoint(ONE, described=entry(shape=(-2, -3))),
    "strides that repeat": writer.checkpoint(ONE, described=entry(strides=(0, 0))),
    "transposed": writer.checkpoint(ONE, described=entry(shape=(3, 2), strides=(1, 3))),
    "another storage": writer.checkpoint(ONE, described=entry(kind="HalfStorage")),
    "not finite": writer.checkpoint({"a": np.full((2, 3), np.nan, np.float32)}),
    "a call of a dictionary": writer.checkpoint(
        ONE, described=b"\x80\x02ccollections\nOrderedDict\n(X\x01\x00\x00\x00atR."
    ),
    "no value": writer.checkpoint(ONE, described=b"\x80\x02."),
    "two values": writer.checkpoint(ONE, described=b"\x80\x02}}."),
    "a mark that is not there": writer.checkpoint(ONE, described=b"\x80\x02}u."),
    "a memory that is not there": writer.checkpoint(ONE, described=b"\x80\x02h\x07."),
    "an instance": writer.checkpoint(ONE, described=b"\x80\x02(ios\nsystem\n."),
    "a name with an escape": writer.checkpoint(ONE, described=b"\x80\x02ctorch\n\\o\n."),
    "a frozen set": writer.checkpoint(ONE, described=b"\x80\x04(\x91."),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_checkpoint_of_tensors_is_refused(content: bytes) -> None:
    with pytest.raises(ConversionError):
        read_tensors(content)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_damaged_byte_gives_tensors_or_a_refusal(place: int, value: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[place] = value
    try:
        found = read_tensors(bytes(damaged))
    except ConversionError:
        return
    assert all(np.isfinite(values).all() for values in found.values())

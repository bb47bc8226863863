"""Writes checkpoints of PyTorch's old format, whole and hostile ones, without PyTorch."""

import pickle
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.types import Array

MAGIC = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
VERSION = pickle.dumps(1001, 2)
SYSTEM = pickle.dumps({"protocol_version": 1001, "little_endian": True, "type_sizes": {}}, 2)


class Storage:
    """Stands for a storage while pickling."""

    def __init__(self, key: str, length: int) -> None:
        self.key, self.length = key, length


def checkpoint(
    tensors: Mapping[str, Array],
    *,
    described: bytes | None = None,
    keys: Sequence[str] | None = None,
    lengths: Mapping[str, int] | None = None,
    head: bytes = MAGIC + VERSION + SYSTEM,
    tail: bytes = b"",
) -> bytes:
    """A checkpoint of `tensors`; what is given replaces what belongs in its place."""
    parts = [head, description(tensors) if described is None else described]
    parts.append(pickle.dumps(list(tensors) if keys is None else list(keys), 2))
    for name, values in tensors.items():
        length = (lengths or {}).get(name, values.size)
        parts += [int(length).to_bytes(8, "little", signed=True), values.astype("<f4").tobytes()]
    return b"".join(parts) + tail


def description(tensors: Mapping[str, Array]) -> bytes:
    """The pickle of the dictionary of tensors, with the instructions that PyTorch writes."""
    body = b"".join(_entry(name, values) for name, values in tensors.items())
    return b"\x80\x02ccollections\nOrderedDict\n)R(" + body + b"u."


def tensor(
    name: str,
    *,
    length: int,
    offset: int = 0,
    shape: Sequence[int] = (),
    strides: Sequence[int] = (),
    kind: str = "FloatStorage",
) -> bytes:
    """One entry: the name, then the call that makes the tensor."""
    return (
        _text(name)
        + b"ctorch._utils\n_rebuild_tensor_v2\n(("
        + _text("storage")
        + f"ctorch\n{kind}\n".encode()
        + _text(name)
        + _text("cpu")
        + _whole(length)
        + b"NtQ"
        + _whole(offset)
        + _list(shape)
        + _list(strides)
        + b"\x89ccollections\nOrderedDict\n)RtR"
    )


def entries(*content: bytes) -> bytes:
    """A dictionary of the entries in `content`."""
    return b"\x80\x02ccollections\nOrderedDict\n)R(" + b"".join(content) + b"u."


def plain(value: Any) -> bytes:
    """`value` as Python pickles it."""
    return pickle.dumps(value, 2)


def ordered(value: Mapping[str, Any]) -> bytes:
    """`value` in an OrderedDict as Python pickles it."""
    return pickle.dumps(OrderedDict(value), 2)


def _entry(name: str, values: Array) -> bytes:
    strides = [int(np.prod(values.shape[place + 1 :])) for place in range(values.ndim)]
    return tensor(name, length=values.size, shape=values.shape, strides=strides)


def _text(value: str) -> bytes:
    raw = value.encode()
    return b"X" + len(raw).to_bytes(4, "little") + raw


def _whole(value: int) -> bytes:
    return b"J" + value.to_bytes(4, "little", signed=True)


def _list(values: Sequence[int]) -> bytes:
    return b"(" + b"".join(map(_whole, values)) + b"t"

"""Reads the weights of an `.espdl` file of Espressif's ESP-DL, from bytes, as float32.

The file is a header of 16 bytes (`EDL2`, a zero, the length, a zero) and one flatbuffer whose graph
has nodes and initialisers in the manner of ONNX; field numbers are those of `fbs_loader/espdl.fbs`
of github.com/espressif/esp-dl. Weights are integers times a power of two, and lie in blocks of 16
channels (`N16HWC16`).
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.errors import ConversionError
from models.types import Array

_HEADER = 16
_MAGIC = b"EDL2"
_BLOCK = 16
_MOST_NODES = 10_000
_MOST_VALUES = 10_000_000
_MOST_EXPONENT = 64
_MOST_SIDES = 4

# Numbers of fields in their tables.
_MODEL_GRAPH = 7
_GRAPH_NODES, _GRAPH_INITIALISERS = 0, 2
_NODE_INPUTS, _NODE_TYPE, _NODE_ATTRIBUTES = 0, 3, 5
_ATTRIBUTE_NAME, _ATTRIBUTE_INTEGER, _ATTRIBUTE_INTEGERS = 0, 5, 11
_DIMS, _DATA_TYPE, _NAME, _LAYOUT, _RAW, _EXPONENTS = 0, 1, 6, 7, 8, 13
_INTEGERS: dict[int, np.dtype[Any]] = {3: np.dtype("<i1"), 5: np.dtype("<i2"), 6: np.dtype("<i4")}


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One operation with its weights, first to last; `settings` are its whole-number attributes.

    A convolution's kernel is rows x columns x inputs x outputs, or rows x columns x channels x 1
    where each channel is filtered alone; other weights are as they are in the file.
    """

    kind: str
    weights: tuple[Array, ...]
    settings: Mapping[str, tuple[int, ...]]


def read_nodes(content: bytes) -> list[Node]:
    """The nodes of the file in `content`, in the order in which they run.

    Raises ConversionError for what is no such file.
    """
    if content[:4] != _MAGIC or len(content) < _HEADER + 4:
        raise ConversionError("not an .espdl file")
    try:
        graph = _root(content[_HEADER:]).table(_MODEL_GRAPH)
        stored = {one.text(_NAME): one for one in graph.tables(_GRAPH_INITIALISERS)}
        return [_node(one, stored) for one in graph.tables(_GRAPH_NODES)]
    except (struct.error, IndexError, KeyError, UnicodeDecodeError, ValueError) as error:
        raise ConversionError(f"a damaged .espdl file: {error}") from error


class _Table:
    """One table of a flatbuffer; every read is bounds-checked by `struct` and NumPy."""

    def __init__(self, content: bytes, position: int) -> None:
        self._content = content
        self._at = position
        self._fields = position - self._unpack("<i", position)

    def table(self, number: int) -> "_Table":
        place = self._field(number)
        if place is None:
            raise ValueError("a table is missing")
        return self._follow(place)

    def tables(self, number: int) -> list["_Table"]:
        start, count = self._vector(number)
        return [self._follow(start + 4 * index) for index in range(_at_most(count, _MOST_NODES))]

    def text(self, number: int) -> str:
        place = self._field(number)
        return "" if place is None else self._string(place)

    def texts(self, number: int) -> list[str]:
        start, count = self._vector(number)
        return [self._string(start + 4 * index) for index in range(_at_most(count, _MOST_NODES))]

    def integer(self, number: int, form: str) -> int | None:
        place = self._field(number)
        return None if place is None else self._unpack(form, place)

    def integers(self, number: int) -> tuple[int, ...]:
        start, count = self._vector(number)
        return struct.unpack_from(f"<{_at_most(count, _MOST_VALUES)}q", self._content, start)

    def raw(self, number: int, size: int) -> bytes:
        start, blocks = self._vector(number)
        if not 0 < size <= blocks * _BLOCK or start + size > len(self._content):
            raise ValueError("weights that are not all there")
        return self._content[start : start + size]

    def _field(self, number: int) -> int | None:
        place = 4 + 2 * number
        if place >= self._unpack("<H", self._fields):
            return None
        offset = self._unpack("<H", self._fields + place)
        return self._at + offset if offset else None

    def _vector(self, number: int) -> tuple[int, int]:
        place = self._field(number)
        if place is None:
            return 0, 0
        start = place + self._unpack("<I", place)
        return start + 4, self._unpack("<I", start)

    def _string(self, place: int) -> str:
        start = place + self._unpack("<I", place)
        length = self._unpack("<I", start)
        return self._content[start + 4 : start + 4 + length].decode()

    def _follow(self, place: int) -> "_Table":
        return _Table(self._content, place + self._unpack("<I", place))

    def _unpack(self, form: str, place: int) -> int:
        if place < 0:
            raise ValueError("an offset before the file")
        return int(struct.unpack_from(form, self._content, place)[0])


def _root(content: bytes) -> _Table:
    return _Table(content, struct.unpack_from("<I", content, 0)[0])


def _at_most(count: int, most: int) -> int:
    if count > most:
        raise ValueError("a list that is too long")
    return count


def _node(table: _Table, stored: Mapping[str, _Table]) -> Node:
    settings = {one.text(_ATTRIBUTE_NAME): _setting(one) for one in table.tables(_NODE_ATTRIBUTES)}
    # `group` tells how the weights of a convolution lie.
    alone = settings.get("group", (1,)) != (1,)
    weights = [
        _weights(stored[name], depthwise=alone)
        for name in table.texts(_NODE_INPUTS)
        if name in stored
    ]
    return Node(table.text(_NODE_TYPE), tuple(weights), settings)


def _setting(table: _Table) -> tuple[int, ...]:
    several = table.integers(_ATTRIBUTE_INTEGERS)
    one = table.integer(_ATTRIBUTE_INTEGER, "<q")
    return several or (() if one is None else (one,))


def _weights(tensor: _Table, *, depthwise: bool) -> Array:
    shape = tensor.integers(_DIMS)
    if not 1 <= len(shape) <= _MOST_SIDES or min(shape) < 1:
        raise ValueError(f"weights of the shape {shape}")
    count = _at_most(int(np.prod(shape, dtype=np.int64)), _MOST_VALUES)
    kind = _INTEGERS[tensor.integer(_DATA_TYPE, "<i") or 0]
    flat = np.frombuffer(tensor.raw(_RAW, count * kind.itemsize), dtype=kind)
    layout = tensor.text(_LAYOUT).rpartition(" ")[2]  # such as "layout ==> UNK"
    arranged = _LAYOUTS[layout](flat, shape, depthwise)
    exponents = np.array(tensor.integers(_EXPONENTS), dtype=np.float64)
    if np.abs(exponents).max(initial=np.inf if exponents.size == 0 else 0) > _MOST_EXPONENT:
        raise ValueError("weights without a plausible scale")
    scales = 2.0**exponents
    # One scale an output, which is the last side but where each channel is filtered alone.
    if depthwise and arranged.ndim == 4:
        scales = scales[:, None]
    return np.asarray(arranged * scales, dtype=np.float32)


def _plain(flat: Any, shape: tuple[int, ...], depthwise: bool) -> Any:  # noqa: ARG001
    return flat.reshape(shape)


def _blocks(flat: Any, shape: tuple[int, ...], depthwise: bool) -> Any:
    """H x W x C x N from (N/16, H, W, C, 16), or from (C/16, H, W, 16) for single channels."""
    if len(shape) != 4:
        return flat.reshape(shape)
    rows, columns, inputs, outputs = shape
    if depthwise:
        blocked = flat.reshape(-1, rows, columns, _BLOCK).transpose(1, 2, 0, 3)
        return blocked.reshape(rows, columns, inputs * outputs, 1)
    blocked = flat.reshape(-1, rows, columns, inputs, _BLOCK)
    return blocked.transpose(1, 2, 3, 0, 4).reshape(shape)


_LAYOUTS: dict[str, Callable[[Any, tuple[int, ...], bool], Any]] = {
    "": _plain,
    "UNK": _plain,
    "N16HWC16": _blocks,
}

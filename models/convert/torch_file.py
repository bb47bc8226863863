"""Reads the tensors of a PyTorch checkpoint of the format before 1.6, without PyTorch.

Such a file is five pickles and then bytes: a magic number, the format's version, facts about the
machine, the object (names and tensors that point into storages), the keys of the storages, and
for each of them its length (int64) and its numbers. A pickle is a program; here its instructions
are read one by one by a machine that knows the few that tensors need. It calls nothing, imports
nothing and builds nothing but numbers, texts, lists and the records below.
"""

import io
import math
import pickletools
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from models.errors import ConversionError
from models.types import Array

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_MOST_INSTRUCTIONS = 200_000
_MOST_VALUES = 10_000_000
_DTYPES = {"torch FloatStorage": "<f4", "torch LongStorage": "<i8"}
_UNREADABLE = (
    Warning,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
)
_DICT, _REBUILD = "collections OrderedDict", "torch._utils _rebuild_tensor_v2"


@dataclass(frozen=True, slots=True)
class _Name:
    """What the pickle would have imported."""

    name: str


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: str
    length: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Mark:
    """Where a list of values on the stack begins."""


def read_tensors(content: bytes) -> dict[str, Array]:
    """Float tensors of the checkpoint in `content` by name, in the file's order, as float32.

    Tensors of whole numbers are left out. Raises ConversionError for anything unexpected.
    """
    stream = io.BytesIO(content)
    try:
        with warnings.catch_warnings():
            # What is said of a text with escapes that no Python writes: a refusal too.
            warnings.simplefilter("error")
            return _read(stream)
    except _UNREADABLE as error:
        raise ConversionError(f"not a PyTorch checkpoint that we can read: {error}") from error


def _read(stream: BinaryIO) -> dict[str, Array]:
    if _unpickled(stream) != _MAGIC or _unpickled(stream) != _VERSION:
        raise ConversionError("not a PyTorch checkpoint of the old format")
    if _unpickled(stream)["little_endian"] is not True:
        raise ConversionError("a checkpoint of a big-endian machine")
    tensors: Mapping[str, Any] = _unpickled(stream)
    keys: list[str] = _unpickled(stream)
    storages = _storages(tensors)
    if sorted(keys) != sorted(storages):
        raise ConversionError("the checkpoint's tensors and numbers do not belong together")
    numbers = {key: _numbers(stream, storages[key]) for key in keys}
    if stream.read(1):
        raise ConversionError("bytes after the checkpoint's end")
    return {
        str(name): _viewed(numbers[tensor.storage.key], tensor)
        for name, tensor in tensors.items()
        if tensor.storage.dtype == "<f4"
    }


def _storages(tensors: Mapping[str, Any]) -> dict[str, _Storage]:
    found: dict[str, _Storage] = {}
    for tensor in tensors.values():
        if not isinstance(tensor, _Tensor):
            raise ConversionError("the checkpoint holds more than tensors")
        storage = tensor.storage
        if found.setdefault(storage.key, storage) != storage:
            raise ConversionError("two storages of one key")
    return found


def _numbers(stream: BinaryIO, storage: _Storage) -> npt.NDArray[Any]:
    length = int.from_bytes(stream.read(8), "little")
    if length != storage.length or not 0 < length <= _MOST_VALUES:
        raise ConversionError(f"a storage of {length} numbers instead of {storage.length}")
    dtype = np.dtype(storage.dtype)
    raw = stream.read(length * dtype.itemsize)
    values = np.frombuffer(raw, dtype=dtype)
    if values.size != length or not np.isfinite(values).all():
        raise ConversionError("the checkpoint's numbers are cut short or not finite")
    return values


def _viewed(values: npt.NDArray[Any], tensor: _Tensor) -> Array:
    contiguous = [math.prod(tensor.shape[place + 1 :]) for place in range(len(tensor.shape))]
    count = math.prod(tensor.shape)
    end = tensor.offset + count
    if min(tensor.shape, default=1) <= 0 or tensor.offset < 0 or end > values.size:
        raise ConversionError(f"a tensor of {tensor.shape} that reaches beyond its storage")
    if list(tensor.strides) != contiguous:
        raise ConversionError(f"a tensor of {tensor.shape} that is not in one piece")
    return values[tensor.offset : end].reshape(tensor.shape).astype(np.float32)


def _unpickled(stream: BinaryIO) -> Any:
    """The value of the pickle at the stream's place; ConversionError for what we do not know."""
    machine = _Machine()
    for count, (code, argument, _) in enumerate(pickletools.genops(stream)):
        if count > _MOST_INSTRUCTIONS:
            raise ConversionError("the checkpoint's description is too long")
        machine.take(code.name, argument)
    return machine.result()


class _Machine:
    """The instructions that describe tensors; a list stands for itself, everything else is data."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def take(self, code: str, argument: Any) -> None:
        if code in _PLAIN:
            self._stack.append(argument if code not in _FIXED else _FIXED[code]())
        elif code in ("BINPUT", "LONG_BINPUT"):
            self._memo[argument] = self._stack[-1]
        elif code in ("BINGET", "LONG_BINGET"):
            self._stack.append(self._memo[argument])
        elif (change := _CHANGES.get(code)) is not None:
            change(self)
        elif code == "GLOBAL":
            self._stack.append(_name(argument))
        elif code not in ("PROTO", "STOP"):
            raise ConversionError(f"the checkpoint wants {code}, which no tensor needs")

    def result(self) -> Any:
        (value,) = self._stack
        return value

    def tuple_of(self, count: int | None = None) -> None:
        values = self._marked() if count is None else tuple(self._pop() for _ in range(count))[::-1]
        self._stack.append(tuple(values))

    def reduce(self) -> None:
        arguments, function = self._pop(), self._pop()
        if function == _Name(_DICT) and arguments == ():
            self._stack.append({})
        elif function == _Name(_REBUILD):
            self._stack.append(_tensor(*arguments))
        else:
            raise ConversionError("the checkpoint calls what no tensor needs")

    def persistent(self) -> None:
        self._stack.append(_storage(*self._pop()))

    def set_item(self) -> None:
        value, key = self._pop(), self._pop()
        self._stack[-1][key] = value

    def set_items(self) -> None:
        values = self._marked()
        self._stack[-1].update(zip(values[::2], values[1::2], strict=True))

    def append(self) -> None:
        value = self._pop()
        self._stack[-1].append(value)

    def append_all(self) -> None:
        values = self._marked()
        self._stack[-1].extend(values)

    def forget_state(self) -> None:
        """Attributes of the dictionary of tensors: versions of layers, which we do not need."""
        self._pop()

    def _pop(self) -> Any:
        return self._stack.pop()

    def _marked(self) -> list[Any]:
        values = list(iter(self._until_mark()))
        return values[::-1]

    def _until_mark(self) -> Iterator[Any]:
        while not isinstance(value := self._pop(), _Mark):
            yield value


_FIXED: Mapping[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "MARK": _Mark,
}
_PLAIN = {*_FIXED, "BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE"}
_CHANGES: Mapping[str, Callable[[_Machine], None]] = {
    "TUPLE": _Machine.tuple_of,
    "TUPLE1": lambda machine: machine.tuple_of(1),
    "TUPLE2": lambda machine: machine.tuple_of(2),
    "REDUCE": _Machine.reduce,
    "BINPERSID": _Machine.persistent,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.append_all,
    "BUILD": _Machine.forget_state,
}


def _name(name: str) -> _Name:
    if name not in (_DICT, _REBUILD, *_DTYPES):
        raise ConversionError(f"the checkpoint names {name[:80]!r}, which no tensor needs")
    return _Name(name)


def _storage(kind: str, dtype: _Name, key: str, _: str, length: int, view: None) -> _Storage:
    if kind != "storage" or view is not None or not isinstance(key, str):
        raise ConversionError("the checkpoint has a storage of an unknown kind")
    return _Storage(key, _DTYPES[dtype.name], int(length))


def _tensor(storage: _Storage, offset: int, shape: Any, strides: Any, *_: Any) -> _Tensor:
    if not isinstance(storage, _Storage):
        raise ConversionError("the checkpoint has a tensor without a storage")
    whole = [offset, *shape, *strides]
    if not all(isinstance(value, int) for value in whole):
        raise ConversionError("the checkpoint has a tensor without a shape")
    return _Tensor(storage, offset, tuple(shape), tuple(strides))

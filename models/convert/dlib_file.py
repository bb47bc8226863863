"""Reads a network that dlib wrote to a file, in Python and NumPy alone.

dlib writes integers as one control byte (low four bits: how many bytes follow, top bit: minus)
and little-endian bytes; floats as two such integers, mantissa and exponent of two; strings as
their length and bytes; flags as the characters 0 and 1; tensors as version 2, four dimensions and
little-endian float32. Layers nest, the last one outermost, so that their version numbers come
first, all in a row (2 for a layer, 3 for the one that takes the input, 1 for a tag), and what they
hold follows from the input's end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.errors import ConversionError
from models.types import Array

_TAG, _LAYER, _FIRST_LAYER = 1, 2, 3  # what a layer's version number says it is
_MOST_LAYERS = 1_000
_LONGEST_STRING = 64
_MOST_VALUES = 10_000_000
_LARGEST_EXPONENT = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One layer: dlib's name of its kind, its settings, and its numbers, if it has any.

    Settings are for `con_4`: filters, rows, columns, stride down, stride across, padding down,
    padding across; for the poolings: rows, columns (0 is all), strides, paddings; for `fc_2`:
    outputs, inputs. Values are flat float32: kernel (filters x channels x rows x columns), then
    bias; scale, then shift for `affine_`; inputs x outputs for `fc_2`.
    """

    kind: str
    settings: tuple[int, ...]
    values: Array


@dataclass(frozen=True, slots=True, eq=False)
class DlibNetwork:
    """What the file holds: the input's mean (R, G, B; 0..255), its size, and layers in order."""

    mean: tuple[float, float, float]
    height: int
    width: int
    layers: tuple[Layer, ...]


def read_network(content: bytes) -> DlibNetwork:
    """The network in `content`; raises ConversionError for anything unexpected."""
    reader = _Reader(content)
    reader.expect_integer(1)
    reader.expect_string("loss_metric_2")
    reader.skip_reals(2)  # margin and distance threshold of the training's loss
    versions = _versions(reader)
    reader.expect_string("input_rgb_image_sized")
    mean = (reader.real(), reader.real(), reader.real())
    height, width = reader.integer(), reader.integer()
    layers = [_layer(reader, version) for version in reversed(versions) if version != _TAG]
    if reader.remaining:
        raise ConversionError(f"{reader.remaining} bytes after the last layer")
    return DlibNetwork(mean, height, width, tuple(layers))


def _versions(reader: "_Reader") -> list[int]:
    versions: list[int] = []
    while not versions or versions[-1] != _FIRST_LAYER:
        version = reader.integer()
        if version not in {_TAG, _LAYER, _FIRST_LAYER} or len(versions) == _MOST_LAYERS:
            raise ConversionError(f"layer {len(versions)} has the unknown version {version}")
        versions.append(version)
    return versions


def _layer(reader: "_Reader", version: int) -> Layer:
    kind = reader.string()
    if kind not in _PARSERS:
        raise ConversionError(f"unknown kind of layer {kind!r}")
    settings, values = _PARSERS[kind](reader)
    # What training left behind: three flags and three tensors, here always empty.
    reader.flags(3)
    for _ in range(3):
        reader.tensor()
    if version == _FIRST_LAYER:
        reader.expect_integer(1)  # pictures made of each input
    return Layer(kind, settings, values)


_Parsed = tuple[tuple[int, ...], Array]
_NOTHING: Final = np.zeros(0, dtype=np.float32)


def _convolution(reader: "_Reader") -> _Parsed:
    values = reader.tensor()
    settings = reader.integers(7)
    filters, rows, columns = settings[:3]
    kernel, bias = reader.alias(), reader.alias()
    reader.skip_reals(4)  # learning rate and weight decay multipliers
    if kernel[0] != filters or kernel[2:] != (rows, columns) or bias != (1, filters, 1, 1):
        raise ConversionError("a convolution contradicts itself")
    return settings, _of_length(values, int(np.prod(kernel)) + filters)


def _affine(reader: "_Reader") -> _Parsed:
    values = reader.tensor()
    scale, shift = reader.alias(), reader.alias()
    reader.expect_integer(0)  # applies to channels, after a convolution
    if scale != shift or scale != (1, scale[1], 1, 1):
        raise ConversionError("an affine layer contradicts itself")
    return (), _of_length(values, 2 * scale[1])


def _pooling(reader: "_Reader") -> _Parsed:
    return reader.integers(6), _NOTHING


def _dense(reader: "_Reader") -> _Parsed:
    settings = reader.integers(2)
    values = reader.tensor()
    weights, bias = reader.alias(), reader.alias()
    reader.expect_integer(1)  # no bias
    reader.skip_reals(4)
    if weights != (settings[1], settings[0], 1, 1) or any(bias):
        raise ConversionError("the last layer contradicts itself")
    return settings, _of_length(values, settings[0] * settings[1])


def _bare(_reader: "_Reader") -> _Parsed:
    return (), _NOTHING


_PARSERS: Final[dict[str, Callable[["_Reader"], _Parsed]]] = {
    "con_4": _convolution,
    "affine_": _affine,
    "max_pool_2": _pooling,
    "avg_pool_2": _pooling,
    "fc_2": _dense,
    "relu_": _bare,
    "add_prev_": _bare,
}


def _of_length(values: Array, length: int) -> Array:
    if values.size != length:
        raise ConversionError(f"a layer has {values.size} numbers where {length} belong")
    return values


class _Reader:
    """Takes dlib's primitives from the front of `content`; ConversionError where they are not."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0

    @property
    def remaining(self) -> int:
        return len(self._content) - self._position

    def _take(self, count: int) -> bytes:
        if not 0 <= count <= self.remaining:
            raise ConversionError("the file ends too early")
        start = self._position
        self._position += count
        return self._content[start : self._position]

    def integer(self) -> int:
        control = self._take(1)[0]
        length = control & 0x0F
        if control & 0x70 or not 1 <= length <= 8:
            raise ConversionError(f"no integer begins with byte {control:#04x}")
        size = int.from_bytes(self._take(length), "little")
        return -size if control & 0x80 else size

    def integers(self, count: int) -> tuple[int, ...]:
        return tuple(self.integer() for _ in range(count))

    def expect_integer(self, value: int) -> None:
        found = self.integer()
        if found != value:
            raise ConversionError(f"{found} where {value} belongs")

    def real(self) -> float:
        mantissa, exponent = self.integer(), self.integer()
        if abs(exponent) > _LARGEST_EXPONENT:
            raise ConversionError(f"a float with the exponent {exponent}")
        try:
            return mantissa * 2.0**exponent
        except OverflowError:
            raise ConversionError("a float too large for one") from None

    def skip_reals(self, count: int) -> None:
        for _ in range(count):
            self.real()

    def string(self) -> str:
        length = self.integer()
        if not 0 <= length <= _LONGEST_STRING:
            raise ConversionError(f"a name of {length} characters")
        return self._take(length).decode("ascii", errors="replace")

    def expect_string(self, text: str) -> None:
        found = self.string()
        if found != text:
            raise ConversionError(f"{found!r} where {text!r} belongs")

    def flags(self, count: int) -> None:
        raw = self._take(count)
        if set(raw) - set(b"01"):
            raise ConversionError(f"{raw!r} where flags belong")

    def tensor(self) -> Array:
        self.expect_integer(2)
        count = _bounded_count(self.integers(4))
        values = np.frombuffer(self._take(4 * count), dtype="<f4").astype(np.float32)
        if not np.isfinite(values).all():
            raise ConversionError("weights that are not finite")
        return values

    def alias(self) -> tuple[int, ...]:
        """Shape of a part of another tensor."""
        self.expect_integer(1)
        shape = self.integers(4)
        _bounded_count(shape)
        return shape


def _bounded_count(shape: tuple[int, ...]) -> int:
    count = 1
    for side in shape:
        if not 0 <= side <= _MOST_VALUES:
            raise ConversionError(f"a tensor of shape {shape}")
        count *= side
    if count > _MOST_VALUES:
        raise ConversionError(f"a tensor of shape {shape}")
    return count

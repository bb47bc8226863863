"""Writes what dlib's serialisation would write, for files that no one published."""

import numpy as np

from models.types import Array

INPUT = "input_rgb_image_sized"


def integer(value: int) -> bytes:
    size = abs(value)
    raw = size.to_bytes(max((size.bit_length() + 7) // 8, 1), "little")
    return bytes([len(raw) | (0x80 if value < 0 else 0)]) + raw


def number(mantissa: int, exponent: int = 0) -> bytes:
    return integer(mantissa) + integer(exponent)


def string(text: str) -> bytes:
    return integer(len(text)) + text.encode()


def tensor(values: Array, shape: tuple[int, ...] | None = None) -> bytes:
    shape = shape or (values.size, 1, 1, 1)
    dimensions = b"".join(integer(side) for side in shape)
    return integer(2) + dimensions + values.astype("<f4").tobytes()


def alias(*shape: int) -> bytes:
    return integer(1) + b"".join(integer(side) for side in shape)


EMPTY = tensor(np.zeros(0, np.float32), (0, 0, 0, 0))
TRAINING = b"110" + EMPTY * 3


def convolution(kernel: Array, bias: Array, *, stride: int = 1, padding: int = 0) -> bytes:
    filters, _, rows, columns = kernel.shape
    settings = (filters, rows, columns, stride, stride, padding, padding)
    return (
        string("con_4")
        + tensor(np.concatenate([kernel.ravel(), bias]))
        + b"".join(integer(value) for value in settings)
        + alias(*kernel.shape)
        + alias(1, filters, 1, 1)
        + number(1) * 4
    )


def affine(scale: Array, shift: Array) -> bytes:
    shape = alias(1, len(scale), 1, 1)
    return string("affine_") + tensor(np.concatenate([scale, shift])) + shape * 2 + integer(0)


def pooling(kind: str, *settings: int) -> bytes:
    return string(kind) + b"".join(integer(value) for value in settings)


def dense(weights: Array) -> bytes:
    inputs, outputs = weights.shape
    shape = (inputs, outputs, 1, 1)
    return (
        string("fc_2")
        + integer(outputs)
        + integer(inputs)
        + tensor(weights.ravel(), shape)
        + alias(*shape)
        + alias(0, 0, 0, 0)
        + integer(1)
        + number(1) * 4
    )


def bare(kind: str) -> bytes:
    return string(kind)


def network(*layers: bytes, tags: int = 0, size: int = 150) -> bytes:
    """A file of `layers`, the one that takes the input first."""
    versions = [1] * tags + [2] * (len(layers) - 1) + [3]
    head = integer(1) + string("loss_metric_2") + number(1, -4) * 2
    head += b"".join(integer(version) for version in versions)
    head += string(INPUT) + number(122) + number(117) + number(104) + integer(size) * 2
    first, *others = layers
    return head + first + TRAINING + integer(1) + b"".join(layer + TRAINING for layer in others)

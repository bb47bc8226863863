"""Reads the weights of an ONNX file that keeps them as int8 in blocks, each with a scale of its own
(DequantizeLinear of opset 21), from bytes.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.convert.onnx_file import MOST_VALUES, graph_of, values
from models.errors import ConversionError
from models.types import Array

_INT8, _INT64 = 3, 7  # onnx.TensorProto


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One operation, with those of its inputs that are in the file, as numbers; `epsilon` of a
    batch normalisation.
    """

    kind: str
    weights: tuple[Array, ...]
    epsilon: float


def read_nodes(content: bytes) -> list[Node]:
    """The operations with weights of the ONNX file in `content`, in the order in which they run.

    Weights must be inside the file: nothing it names is opened. Raises ConversionError.
    """
    graph = graph_of(content)
    inside = {tensor.name: tensor for tensor in graph.initializer}
    made: dict[str, Array] = {}
    found = []
    for node in graph.node:
        names = list(node.input)
        if node.op_type == "DequantizeLinear":
            made[node.output[0]] = _dequantised(node, inside)
        elif node.op_type == "Reshape" and names[0] in made:
            made[node.output[0]] = _reshaped(made[names[0]], inside.get(names[1]))
        elif any(name in made or name in inside for name in names):
            weights = tuple(
                made[name] if name in made else values(inside[name])
                for name in names
                if name in made or name in inside
            )
            found.append(Node(node.op_type, weights, _float(node, "epsilon")))
    return found


def _dequantised(node: Any, inside: dict[str, Any]) -> Array:
    try:
        levels, steps, zeros = (inside[name] for name in node.input)
    except (KeyError, ValueError):
        raise ConversionError(f"the weights {node.name!r} are not in the file") from None
    axis, block = _whole(node, "axis"), _whole(node, "block_size")
    rows, scale, zero = _levels(levels), values(steps), _levels(zeros)
    if not 0 <= axis < rows.ndim or not 0 < block <= MOST_VALUES or scale.shape != zero.shape:
        raise ConversionError(f"blocks of {block} along axis {axis} of {rows.shape}")
    count = -(-rows.shape[axis] // block)
    if scale.shape != (*rows.shape[:axis], count, *rows.shape[axis + 1 :]):
        raise ConversionError(f"scales of {scale.shape} for weights of {rows.shape}")
    at = np.arange(rows.shape[axis]) // block
    wide = (rows.astype(np.float32) - zero.astype(np.float32).take(at, axis)) * scale.take(at, axis)
    return np.asarray(wide, dtype=np.float32)


def _levels(tensor: Any) -> np.ndarray[Any, np.dtype[np.int8]]:
    shape = tuple(tensor.dims)
    count = int(np.prod(shape, dtype=np.int64)) if min(shape, default=0) > 0 else 0
    if tensor.data_type != _INT8 or tensor.data_location or tensor.external_data:
        raise ConversionError(f"{tensor.name!r} is not int8 inside the file")
    if not 0 < count <= MOST_VALUES or len(tensor.raw_data) != count:
        raise ConversionError(f"{tensor.name!r} has not the length of its shape {shape}")
    return np.frombuffer(tensor.raw_data, dtype=np.int8).reshape(shape)


def _reshaped(rows: Array, tensor: Any) -> Array:
    if tensor is None or tensor.data_type != _INT64 or len(tensor.raw_data) % 8:
        raise ConversionError("weights are given a shape that is not in the file")
    shape = np.frombuffer(tensor.raw_data, dtype="<i8")
    try:
        return rows.reshape([int(side) for side in shape])
    except ValueError:
        raise ConversionError(f"weights of {rows.shape} cannot be of {shape.tolist()}") from None


def _whole(node: Any, name: str) -> int:
    return next((int(entry.i) for entry in node.attribute if entry.name == name), 0)


def _float(node: Any, name: str) -> float:
    return next((float(entry.f) for entry in node.attribute if entry.name == name), 0.0)

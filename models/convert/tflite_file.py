"""Reads the weights of a LiteRT (TensorFlow Lite) file, from bytes, in the order they are used."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.errors import ConversionError
from models.types import Array

_MOST_OPERATORS = 10_000
_FLOAT32 = 0  # of the schema's TensorType


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """One operation, by its name in the schema, with its float32 constants, first to last."""

    kind: str
    constants: tuple[Array, ...]


def read_operators(content: bytes) -> list[Operator]:
    """The operators of the file's one graph, in the order in which they run.

    Raises ConversionError for what is no such file.
    """
    from ai_edge_litert import schema_py_generated as schema

    try:
        model = schema.ModelT.InitFromPackedBuf(content, 0)
        (graph,) = model.subgraphs
        if len(graph.operators) > _MOST_OPERATORS:
            raise ConversionError("a LiteRT file with too many operators")
        names = {value: name for name, value in vars(schema.BuiltinOperator).items()}
        return [_operator(model, graph, one, names) for one in graph.operators]
    except (struct.error, TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
        raise ConversionError("not a LiteRT file") from error


def _operator(model: Any, graph: Any, operator: Any, names: dict[Any, str]) -> Operator:
    code = model.operatorCodes[operator.opcodeIndex]
    # Older files have the number in a field of one byte only.
    kind = names[max(code.builtinCode, code.deprecatedBuiltinCode)]
    tensors = [graph.tensors[index] for index in operator.inputs if index >= 0]
    found = [_constant(model.buffers[tensor.buffer], tensor) for tensor in tensors]
    return Operator(kind, tuple(array for array in found if array is not None))


def _constant(buffer: Any, tensor: Any) -> Array | None:
    if tensor.type != _FLOAT32 or buffer.data is None or len(buffer.data) == 0:
        return None
    shape = tuple(int(side) for side in tensor.shape)
    return np.frombuffer(bytes(buffer.data), dtype="<f4").reshape(shape).astype(np.float32)

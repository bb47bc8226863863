"""Networks small enough to be written by hand, so that no test needs TensorFlow."""

from collections.abc import Mapping
from typing import Any

import numpy as np


def scaling(factors: Mapping[str, float], *, width: int = 3) -> bytes:
    """A LiteRT network whose outputs, by name and in this order, are its input times a factor.

    The input is float32 (n, `width`), n free.
    """
    import flatbuffers  # type: ignore[import-untyped]
    from ai_edge_litert import schema_py_generated as schema

    buffers, tensors, operators = [schema.BufferT()], [], []

    def tensor(name: str, shape: list[int], value: float | None = None) -> int:
        place = 0
        if value is not None:
            place = len(buffers)
            data: Any = np.array([value], dtype=np.float32).view(np.uint8)
            buffers.append(schema.BufferT(data=data))
        tensors.append(
            schema.TensorT(
                shape=shape, type=schema.TensorType.FLOAT32, buffer=place, name=name.encode()
            )
        )
        return len(tensors) - 1

    source = tensor("input", [1, width])
    outputs = []
    for name, factor in factors.items():
        result = tensor(name, [1, width])
        operators.append(
            schema.OperatorT(
                opcodeIndex=0,
                inputs=[source, tensor(f"{name}_factor", [1], factor)],
                outputs=[result],
                builtinOptionsType=schema.BuiltinOptions.MulOptions,
                builtinOptions=schema.MulOptionsT(),
            )
        )
        outputs.append(result)
    model = schema.ModelT(
        version=3,
        operatorCodes=[
            schema.OperatorCodeT(
                deprecatedBuiltinCode=schema.BuiltinOperator.MUL,
                builtinCode=schema.BuiltinOperator.MUL,
            )
        ],
        subgraphs=[
            schema.SubGraphT(tensors=tensors, inputs=[source], outputs=outputs, operators=operators)
        ],
        buffers=buffers,
    )
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())

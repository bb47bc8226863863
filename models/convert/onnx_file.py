"""Reads the weights of a network that PyTorch exported to ONNX, from bytes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.errors import ConversionError
from models.types import Array

_MOST_NODES = 10_000
MOST_VALUES = 10_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """One convolution. `kernel` is outputs x inputs of a group x rows x columns, `bias` outputs."""

    kernel: Array
    bias: Array
    groups: int
    stride: int
    padding: int


def read_convolutions(content: bytes) -> list[Convolution]:
    """The convolutions of the ONNX file in `content`, in the order in which they run.

    Weights must be inside the file: nothing it names is opened. Raises ConversionError.
    """
    graph = graph_of(content)
    weights = {tensor.name: tensor for tensor in graph.initializer}
    return [_convolution(node, weights) for node in graph.node if node.op_type == "Conv"]


def read_weights(content: bytes, operation: str) -> list[list[Array]]:
    """The weights of each node of the kind `operation`, such as PRelu, in the order they run.

    Of each node those of its inputs that are inside the file. Raises ConversionError.
    """
    graph = graph_of(content)
    weights = {tensor.name: tensor for tensor in graph.initializer}
    return [
        [values(weights[name]) for name in node.input if name in weights]
        for node in graph.node
        if node.op_type == operation
    ]


def graph_of(content: bytes) -> Any:
    """The graph of the ONNX file in `content`, of at most `_MOST_NODES`; raises ConversionError."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        graph = onnx.ModelProto.FromString(content).graph
    except DecodeError as error:
        raise ConversionError("not an ONNX file") from error
    if len(graph.node) > _MOST_NODES:
        raise ConversionError(f"an ONNX graph of {len(graph.node)} nodes")
    return graph


def _convolution(node: Any, weights: dict[str, Any]) -> Convolution:
    try:
        _, kernel_name, bias_name = node.input
        kernel, bias = values(weights[kernel_name]), values(weights[bias_name])
    except (KeyError, ValueError):
        raise ConversionError(f"the convolution {node.name!r} has no weights in the file") from None
    if kernel.ndim != 4 or bias.shape != kernel.shape[:1]:
        raise ConversionError(f"weights of the shapes {kernel.shape} and {bias.shape}")
    settings = {entry.name: entry for entry in node.attribute}
    return Convolution(
        kernel=kernel,
        bias=bias,
        groups=_one(settings, "group", (settings["group"].i,) if "group" in settings else ()),
        stride=_one(settings, "strides"),
        padding=_one(settings, "pads"),
    )


def _one(settings: dict[str, Any], name: str, values: tuple[int, ...] = ()) -> int:
    """The one value that a setting has in all directions."""
    found = set(values or (settings[name].ints if name in settings else ()))
    if len(found) != 1:
        raise ConversionError(f"a convolution whose {name} are {sorted(found)}")
    return int(found.pop())


def values(tensor: Any) -> Array:
    """The numbers of a float32 tensor inside the file; raises ConversionError."""
    shape = tuple(tensor.dims)
    count = int(np.prod(shape, dtype=np.int64)) if min(shape, default=0) > 0 else 0
    float32, inside = 1, 0  # onnx.TensorProto.FLOAT and .DEFAULT
    if tensor.data_type != float32 or tensor.data_location != inside or tensor.external_data:
        raise ConversionError(f"{tensor.name!r} is not float32 inside the file")
    raw = tensor.raw_data or np.array(tensor.float_data, dtype="<f4").tobytes()
    if not 0 < count <= MOST_VALUES or len(raw) != 4 * count:
        raise ConversionError(f"{tensor.name!r} has not the length of its shape {shape}")
    found = np.frombuffer(raw, dtype="<f4").reshape(shape).astype(np.float32)
    if not np.isfinite(found).all():
        raise ConversionError(f"{tensor.name!r} is not finite")
    return found

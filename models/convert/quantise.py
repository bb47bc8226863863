"""Dynamic-range quantisation of the convolutions of a float32 LiteRT network.

The weights of each convolution become int8, with one scale for each of its outputs; its inputs
are quantised while it runs. TensorFlow's own option does that to depthwise convolutions and dense
layers too, and each costs: XNNPACK has no such depthwise kernel, which makes MobileFaceNet slower
than in float32 (6.9 against 4.9 ms, and 2.6 ms this way), and quantising the last, small dense
layer doubles the error of the embedding.
"""

from typing import Any

import numpy as np

from models.errors import ConversionError
from models.types import Array

_FEWEST_INPUTS = 64
"""Of an output of a convolution worth quantising; fewer are faster in float32."""
_LARGEST = 127  # symmetric: -128 is not used
_FILE_IDENTIFIER = b"TFL3"
_HYBRID_CONVOLUTION = 5  # the operator's version that knows int8 weights with float32 inputs


def quantise(content: bytes) -> bytes:
    """The float32 LiteRT network in `content`, quantised; raises ConversionError."""
    import flatbuffers  # type: ignore[import-untyped]
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        if code.builtinCode != schema.BuiltinOperator.CONV_2D:
            continue
        tensor = graph.tensors[operator.inputs[1]]
        weights = _weights(model.buffers[tensor.buffer], tensor)
        if weights[0].size < _FEWEST_INPUTS:
            continue
        levels, scales = rounded(weights)
        model.buffers[tensor.buffer].data = np.frombuffer(levels.tobytes(), dtype=np.uint8)
        tensor.type = schema.TensorType.INT8
        tensor.quantization = _by_first_axis(schema, scales)
        code.version = _HYBRID_CONVOLUTION
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), file_identifier=_FILE_IDENTIFIER)
    return bytes(builder.Output())


def _weights(buffer: Any, tensor: Any) -> Array:
    raw = b"" if buffer.data is None else bytes(buffer.data)
    shape = tuple(int(side) for side in tensor.shape)
    # Fails too where two convolutions share weights: they are int8 the second time.
    if len(shape) != 4 or not raw or len(raw) != 4 * int(np.prod(shape)):
        raise ConversionError("a convolution without weights of its own cannot be quantised")
    return np.frombuffer(raw, dtype="<f4").reshape(shape)


def rounded(weights: Array) -> tuple[np.ndarray[Any, np.dtype[np.int8]], Array]:
    """`weights` (outputs x ...) as int8, -127..127, and the size of one step by output.

    Raises ConversionError where they are not finite.
    """
    if not np.isfinite(weights).all():
        raise ConversionError("weights that are not finite cannot be quantised")
    by_output = weights.reshape(len(weights), -1).astype(np.float64)
    largest = np.abs(by_output).max(axis=1)
    # An output without weights has no step; 1 keeps its zeros.
    steps = np.where(largest > 0, largest / _LARGEST, 1.0)
    levels = np.rint(by_output / steps[:, None]).reshape(weights.shape)
    return levels.astype(np.int8), steps.astype(np.float32)


def _by_first_axis(schema: Any, scales: Array) -> Any:
    quantisation = schema.QuantizationParametersT()
    quantisation.scale = scales
    quantisation.zeroPoint = np.zeros(len(scales), dtype=np.int64)
    quantisation.quantizedDimension = 0
    return quantisation

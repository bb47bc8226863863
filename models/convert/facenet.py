"""Puts the constants of a frozen TensorFlow graph of FaceNet into our Keras network.

The graph is David Sandberg's 20180408-102900 with each batch normalisation folded into the
convolution before it; only the one after the last, dense layer is left. It is read as data: no
part of it runs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert import folding
from models.convert.fitting import fitted
from models.errors import ConversionError
from models.networks import facenet as architecture
from models.types import Array

Constants = Mapping[str, Array]
"""Arrays by the names of their nodes."""

_ROOT = "InceptionResnetV1"
_GROUPS = {"Block35": "Repeat", "Block17": "Repeat_1", "Block8": "Repeat_2"}
_LAST_BLOCK = "Block8_6"
_BOTTLENECK = "Bottleneck"
_EPSILON = 0.001
"""Of the batch normalisation after the bottleneck, as in the graph's own node."""
_INPUT_SCALE, _INPUT_SHIFT = 1 / 128, -127.5 / 128  # (x - 127.5) / 128
_MOST_NODES = 10_000


def networks() -> dict[str, Any]:
    """Keras model `embedder` with the published weights.

    Raises NotInstalledError or CorruptModelError where the file is missing or not the published
    one, ConversionError where it does not fit the network.
    """
    model = spec("facenet")
    network = architecture.facenet()
    constants = read_constants(read_source(model, model.sources[0]))
    network.set_weights(keras_weights(constants, network))
    return {"embedder": network}


def read_constants(content: bytes) -> dict[str, Array]:
    """The float32 constants of the graph in `content`; raises ConversionError for another file."""
    import tensorflow as tf
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        graph = tf.compat.v1.GraphDef.FromString(content)
    except DecodeError as error:
        raise ConversionError("not a frozen graph of TensorFlow") from error
    if len(graph.node) > _MOST_NODES:
        raise ConversionError(f"a graph of {len(graph.node)} nodes")
    tensors = ((node.name, node.attr["value"].tensor) for node in graph.node if node.op == "Const")
    try:
        return {
            name: tf.make_ndarray(tensor)
            for name, tensor in tensors
            if tensor.dtype == tf.float32.as_datatype_enum
        }
    except (ValueError, TypeError) as error:
        raise ConversionError("the graph has a constant that is none") from error


def keras_weights(constants: Constants, network: Any) -> list[Array]:
    """Weights of `network` (from `models.networks.facenet`); raises ConversionError."""
    layers = [layer.name for layer in network.layers if layer.weights]
    scales = _residual_scales()
    try:
        made = [array for name in layers for array in _folded(name, constants, scales.get(name))]
    except KeyError as error:
        raise ConversionError(f"the graph has no {error}") from None
    return fitted(made, network)


def node_of(layer: str) -> str:
    """Where the graph has the layer that the published Keras file calls `layer`.

    `Block35_1_Branch_0_Conv2d_1x1` is `InceptionResnetV1/Repeat/block35_1/Branch_0/Conv2d_1x1`.
    """
    block, _, rest = layer.partition("_Conv2d_")
    if not rest:
        return f"{_ROOT}/{layer}"
    block, _, branch = block.partition("_Branch_")
    parts = [_ROOT, *_block_parts(block), *([f"Branch_{branch}"] if branch else [])]
    return "/".join([*parts, f"Conv2d_{rest}"])


def _block_parts(block: str) -> list[str]:
    group = _GROUPS.get(block.partition("_")[0])
    if block == _LAST_BLOCK:
        return ["Block8"]
    return [group, block.lower()] if group else [block] if block else []


def _residual_scales() -> Mapping[str, float]:
    """What the output of a block's last convolution is multiplied by."""
    return {
        architecture.widening(block.name): block.scale
        for block in architecture.BLOCKS
        if isinstance(block, architecture.Residual)
    }


def _folded(layer: str, constants: Constants, scale: float | None) -> Iterator[Array]:
    """Kernel and bias with what stands around them worked in."""
    node = node_of(layer)
    kernel = constants[f"{node}/weights"]
    if layer == _BOTTLENECK:
        yield from _bottleneck(kernel, constants, f"{node}/BatchNorm")
    elif scale is not None:
        bias = constants[f"{node}/biases"]
        _check_scale(constants, node, scale)
        factor = np.full(bias.shape, scale)
        yield from folding.after(kernel, bias, factor, np.zeros(bias.shape))
    elif layer == architecture.STEM[0].name:
        bias = constants[f"{node}/Conv2D_bn_offset"]
        shift = np.full(3, _INPUT_SHIFT)
        yield from folding.before(kernel, bias, np.full(3, _INPUT_SCALE), shift)
    else:
        yield from (kernel, constants[f"{node}/Conv2D_bn_offset"])


def _bottleneck(kernel: Array, constants: Constants, normal: str) -> Iterator[Array]:
    names = ("Const", "beta", "moving_mean", "moving_variance")
    gamma, beta, mean, variance = (constants[f"{normal}/{name}"] for name in names)
    if variance.min(initial=np.inf) < 0:
        raise ConversionError(f"{normal} has a negative variance")
    factor, shift = folding.batch_norm(gamma, beta, mean, variance, epsilon=_EPSILON)
    yield from folding.after(kernel, np.zeros(kernel.shape[-1]), factor, shift)


def _check_scale(constants: Constants, node: str, scale: float) -> None:
    """The last block of the graph says 1 by its `mul` too, so every one is checked."""
    stated = constants[f"{node.rpartition('/')[0]}/mul/x"]
    if not np.isclose(float(stated.reshape(-1)[0]), scale):
        raise ConversionError(f"the residual of {node} is scaled by {stated}")

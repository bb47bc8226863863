"""Puts the weights of SFace, as OpenCV's zoo publishes them in int8 blocks, into our Keras network.

The file has a batch normalisation after each convolution, one before the dense layer and one after
it; all are folded into what stands before or after them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert import folding
from models.convert.fitting import fitted
from models.convert.folding import Numbers
from models.convert.onnx_blocks import Node, read_nodes
from models.errors import ConversionError
from models.networks import sface as architecture
from models.types import Array

_SCALE = 1 / 128
_PLACES = 7
"""Rows and columns of the last picture, which the dense layer takes channel by channel."""
_PIXELS = ("Sub", "Mul")
_BODY = ("Conv", "BatchNormalization", "PRelu")
_HEAD = ("BatchNormalization", "Gemm", "BatchNormalization")


def networks() -> dict[str, Any]:
    """Keras model `embedder` with the published weights.

    Raises NotInstalledError or CorruptModelError where the file is missing or not the published
    one, ConversionError where it does not fit the network.
    """
    model = spec("sface")
    network = architecture.sface()
    network.set_weights(keras_weights(read_nodes(read_source(model, model.sources[0])), network))
    return {"embedder": network}


def keras_weights(nodes: Sequence[Node], network: Any) -> list[Array]:
    """Weights of `network` (from `models.networks.sface`); raises ConversionError."""
    layers = 1 + 2 * len(architecture.BLOCKS)
    if tuple(node.kind for node in nodes) != (*_PIXELS, *(_BODY * layers), *_HEAD):
        raise ConversionError("the file holds another network than the published one")
    if [float(node.weights[0].sum()) for node in nodes[: len(_PIXELS)]] != [127.5, _SCALE]:
        raise ConversionError("the file scales its pictures otherwise")
    body, head = nodes[len(_PIXELS) : -len(_HEAD)], nodes[-len(_HEAD) :]
    weights: list[Array] = []
    for convolution, normal, slopes in zip(
        *(body[at :: len(_BODY)] for at in range(3)), strict=True
    ):
        weights += [*_folded(convolution, normal), slopes.weights[0].reshape(1, 1, -1)]
    weights[0] = np.asarray(weights[0] * _SCALE, dtype=np.float32)
    return fitted([*weights, *_dense(*head)], network)


def _folded(convolution: Node, normal: Node) -> tuple[Array, Array]:
    """Rows x columns x inputs x outputs, or x inputs x 1 where each input is filtered alone."""
    (kernel,) = convolution.weights
    scale, shift = _normal(normal)
    if kernel.ndim != 4 or kernel.shape[:1] != scale.shape:
        raise ConversionError(f"a kernel of {kernel.shape} is normalised by {scale.shape}")
    wide = (kernel.astype(np.float64) * scale[:, None, None, None]).astype(np.float32)
    alone = kernel.shape[1] == 1
    return wide.transpose((2, 3, 0, 1) if alone else (2, 3, 1, 0)), shift.astype(np.float32)


def _dense(before: Node, dense: Node, after: Node) -> tuple[Array, Array]:
    """The dense layer as a convolution over all places."""
    kernel, bias = dense.weights
    scale, shift = _normal(before)
    if kernel.shape != (architecture.DIMENSION, scale.size * _PLACES**2):
        raise ConversionError(f"a dense layer of {kernel.shape}")
    rows = kernel.reshape(-1, scale.size, _PLACES, _PLACES).transpose(2, 3, 1, 0)
    folded = folding.before(rows, bias, scale, shift)
    return folding.after(*folded, *_normal(after))


def _normal(node: Node) -> tuple[Numbers, Numbers]:
    try:
        gamma, beta, mean, variance = node.weights
    except ValueError:
        raise ConversionError("a batch normalisation without its four rows") from None
    if variance.min(initial=np.inf) < 0:
        raise ConversionError("a batch normalisation with a negative variance")
    return folding.batch_norm(gamma, beta, mean, variance, epsilon=node.epsilon)

"""Puts the weights of Espressif's `human_face_feat_mbf` into our Keras MobileFaceNet with PReLU."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert import folding
from models.convert.espdl_file import Node, read_nodes
from models.convert.fitting import fitted
from models.errors import ConversionError
from models.networks.mobilefacenet_prelu import MBF, build
from models.types import Array

_SCALE = 1 / 127.5
_PLACES = 7 * 7
"""Of the last picture, which the dense layer takes channel by channel in the file."""


def networks() -> dict[str, Any]:
    """Keras model `embedder` with the published weights.

    Raises NotInstalledError or CorruptModelError where the file is missing or not the published
    one, ConversionError where it does not fit the network.
    """
    model = spec("mbf")
    network = build(MBF)
    network.set_weights(keras_weights(read_nodes(read_source(model, model.sources[0])), network))
    return {"embedder": network}


def keras_weights(nodes: Sequence[Node], network: Any) -> list[Array]:
    """Weights of `network` (built from `MBF`); raises ConversionError where they do not fit."""
    weights = [array for node in nodes for array in _arrays(node)]
    if weights:
        weights[0], weights[1] = folding.before(
            weights[0], weights[1], np.full(3, _SCALE), np.zeros(3)
        )
    return fitted(weights, network)


def _arrays(node: Node) -> Iterator[Array]:
    kinds = {"Conv": _plain, "PRelu": _slopes, "Gemm": _dense}
    if node.kind in kinds:
        yield from kinds[node.kind](node)
    elif node.weights:
        raise ConversionError(f"the file has weights of a {node.kind[:20]}")


def _plain(node: Node) -> Iterator[Array]:
    yield from node.weights


def _slopes(node: Node) -> Iterator[Array]:
    yield from (slopes.reshape(1, 1, -1) for slopes in node.weights)


def _dense(node: Node) -> Iterator[Array]:
    kernel, bias = node.weights
    outputs = kernel.shape[-1]
    by_channel = kernel.reshape(-1, _PLACES, outputs)
    yield by_channel.transpose(1, 0, 2).reshape(-1, outputs)
    yield bias

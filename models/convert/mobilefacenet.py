"""Puts the initialisers of the published ONNX file into our Keras MobileFaceNet."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert import folding
from models.convert.onnx_file import Convolution, read_convolutions
from models.errors import ConversionError
from models.networks import mobilefacenet as architecture
from models.types import Array

_DEVIATION = (58.395, 57.12, 57.375)
"""Of ImageNet's pixels, R, G, B, 0..255: what the training divided by."""


def networks() -> dict[str, Any]:
    """Keras model `embedder` with the published weights.

    Raises NotInstalledError or CorruptModelError where the file is missing or not the published
    one, ConversionError where it does not fit the network.
    """
    model = spec("mobilefacenet")
    network = architecture.mobilefacenet()
    source = read_convolutions(read_source(model, model.sources[0]))
    network.set_weights(keras_weights(source, network))
    return {"embedder": network}


def keras_weights(source: Sequence[Convolution], network: Any) -> list[Array]:
    """Weights of `network` (from `models.networks.mobilefacenet`); raises ConversionError."""
    expected = list(_convolutions())
    found = [(c.kernel.shape[0], c.kernel.shape[2], c.groups, c.stride, c.padding) for c in source]
    if found != expected:
        raise ConversionError("the file holds another network than the published one")
    weights = [array for convolution in source for array in _in_keras_order(convolution)]
    weights[0], weights[1] = folding.before(
        weights[0], weights[1], 1 / np.array(_DEVIATION), np.zeros(3)
    )
    wanted = [tuple(variable.shape) for variable in network.weights]
    if [array.shape for array in weights] != wanted:
        raise ConversionError("the file's weights do not fit the network")
    return weights


def _convolutions() -> Iterator[tuple[int, int, int, int, int]]:
    """Outputs, kernel, groups, stride, padding of every convolution in order."""
    stem, head = architecture.STEM, architecture.HEAD
    yield stem, 3, 1, 2, 1
    yield stem, 3, stem, 1, 1
    yield stem, 1, 1, 1, 0
    for block in architecture.BLOCKS:
        yield block.expanded, 1, 1, 1, 0
        yield block.expanded, 3, block.expanded, block.stride, 1
        yield block.filters, 1, 1, 1, 0
    yield head, 1, 1, 1, 0
    yield head, 7, head, 1, 0
    yield architecture.DIMENSION, 1, 1, 1, 0


def _in_keras_order(convolution: Convolution) -> tuple[Array, Array]:
    """Rows x columns x inputs x outputs, or x inputs x 1 where each input is filtered alone."""
    axes = (2, 3, 1, 0) if convolution.groups == 1 else (2, 3, 0, 1)
    return convolution.kernel.transpose(axes), convolution.bias

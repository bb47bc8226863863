"""Puts the weights of dlib's face recognition model into our Keras network."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert import folding
from models.convert.dlib_file import DlibNetwork, Layer, read_network
from models.errors import ConversionError
from models.networks import resnet as architecture
from models.types import Array

_INPUT_SCALE = 1 / 256  # dlib's input layer: (x - mean) / 256


def networks() -> dict[str, Any]:
    """Keras model `embedder` with the published weights.

    Raises NotInstalledError or CorruptModelError where the package's file is missing or not the
    published one, ConversionError where it does not fit the network.
    """
    model = spec("resnet")
    source = read_network(read_source(model, model.sources[0]))
    network = architecture.resnet()
    network.set_weights(keras_weights(source, network))
    return {"embedder": network}


def keras_weights(source: DlibNetwork, network: Any) -> list[Array]:
    """Weights of `network` (from `models.networks.resnet`), folded; raises ConversionError."""
    if (source.height, source.width) != (architecture.SIZE, architecture.SIZE):
        raise ConversionError(f"a network for {source.width} x {source.height} pixels")
    _check_order(source.layers)
    weights: list[Array] = []
    layers = iter(layer for layer in source.layers if layer.values.size)
    for filters, kernel, stride in _convolutions():
        weights += _folded(layers, filters, kernel, stride)
    weights.append(_embedding(next(layers)))
    weights[0], weights[1] = folding.before(
        weights[0],
        weights[1],
        np.full(3, _INPUT_SCALE),
        -np.asarray(source.mean) * _INPUT_SCALE,
    )
    weights[0] = _over_quads(weights[0])
    return _shaped_like(network, weights)


def _over_quads(kernel: Array) -> Array:
    """A kernel of stride 2 as one of stride 1 over quads of pixels (see the network's stem)."""
    side, _, channels, filters = kernel.shape
    reach = -(-side // 2)
    even = np.zeros((2 * reach, 2 * reach, channels, filters), dtype=np.float32)
    even[:side, :side] = kernel
    quads = even.reshape(reach, 2, reach, 2, channels, filters).transpose(0, 2, 1, 3, 4, 5)
    return quads.reshape(reach, reach, 4 * channels, filters)


def _convolutions() -> Iterator[tuple[int, int, int]]:
    """Filters, kernel, stride of every convolution in order."""
    yield architecture.STEM
    for filters, halves in architecture.BLOCKS:
        yield filters, 3, 2 if halves else 1
        yield filters, 3, 1


def _check_order(layers: tuple[Layer, ...]) -> None:
    expected = ["con_4", "affine_", "relu_", "max_pool_2"]
    for _, halves in architecture.BLOCKS:
        expected += ["con_4", "affine_", "relu_", "con_4", "affine_"]
        expected += ["avg_pool_2"] * halves + ["add_prev_", "relu_"]
    expected += ["avg_pool_2", "fc_2"]
    if [layer.kind for layer in layers] != expected:
        raise ConversionError("the file holds another network than the published one")
    pools = [layer.settings for layer in layers if "pool" in layer.kind]
    halvings = sum(halves for _, halves in architecture.BLOCKS)
    if pools != [(3, 3, 2, 2, 0, 0), *[(2, 2, 2, 2, 0, 0)] * halvings, (0, 0, 1, 1, 0, 0)]:
        raise ConversionError("the file pools otherwise than the published one")


def _folded(layers: Iterator[Layer], filters: int, kernel: int, stride: int) -> list[Array]:
    convolution, affine = next(layers), next(layers)
    padding = kernel // 2 if stride == 1 else 0
    if convolution.settings != (filters, kernel, kernel, stride, stride, padding, padding):
        raise ConversionError(f"a convolution with the settings {convolution.settings}")
    if affine.values.size != 2 * filters:
        raise ConversionError(f"an affine layer of {affine.values.size // 2} channels")
    weights, bias = convolution.values[:-filters], convolution.values[-filters:]
    by_filter = weights.reshape(filters, -1, kernel, kernel)
    scale, shift = np.split(affine.values, 2)
    return list(folding.after(by_filter.transpose(2, 3, 1, 0), bias, scale, shift))


def _embedding(layer: Layer) -> Array:
    outputs, inputs = layer.settings
    return layer.values.reshape(inputs, outputs)


def _shaped_like(network: Any, weights: list[Array]) -> list[Array]:
    wanted = [tuple(variable.shape) for variable in network.weights]
    if [array.shape for array in weights] != wanted:
        raise ConversionError("the file's weights do not fit the network")
    return weights

"""Puts FaceNet's published weights, a file of Keras 2, into our Keras network."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert import folding
from models.convert.keras_file import LayerWeights, read_weights
from models.errors import ConversionError
from models.networks import facenet as architecture
from models.types import Array

_EPSILON = 0.001
"""Of the batch normalisations, as in the reference network."""
_INPUT_SCALE, _INPUT_SHIFT = 1 / 127.5, -1.0  # (x - 127.5) / 127.5


def networks() -> dict[str, Any]:
    """Keras model `embedder` with the published weights.

    Raises NotInstalledError or CorruptModelError where the file is missing or not the published
    one, ConversionError where it does not fit the network.
    """
    model = spec("facenet-vggface2")
    source = read_weights(read_source(model, model.sources[0]))
    network = architecture.facenet()
    load(network, source)
    return {"embedder": network}


def load(network: Any, source: LayerWeights) -> None:
    """Sets the weights of `network` (from `models.networks.facenet`); raises ConversionError."""
    layers = [layer for layer in network.layers if layer.weights]
    used = {name for layer in layers for name in (layer.name, _normalisation(layer.name))}
    if strange := set(source) - used:
        raise ConversionError(f"the file has a layer that FaceNet has not: {min(strange)}")
    scales = _residual_scales()
    for layer in layers:
        kernel, bias = _folded(layer.name, source, scales.get(layer.name))
        if layer.name == architecture.STEM[0].name:
            kernel, bias = folding.before(
                kernel, bias, np.full(3, _INPUT_SCALE), np.full(3, _INPUT_SHIFT)
            )
        if [kernel.shape, bias.shape] != [tuple(weight.shape) for weight in layer.weights]:
            raise ConversionError(f"the weights of {layer.name} have the shape {kernel.shape}")
        layer.set_weights([kernel, bias])


def _normalisation(layer: str) -> str:
    return f"{layer}_BatchNorm"


def _residual_scales() -> Mapping[str, float]:
    """What the output of a block's last convolution is multiplied by."""
    return {
        architecture.widening(block.name): block.scale
        for block in architecture.BLOCKS
        if isinstance(block, architecture.Residual)
    }


def _folded(name: str, source: LayerWeights, scale: float | None) -> tuple[Array, Array]:
    """Kernel and bias with the batch normalisation or the residual's scale worked in."""
    try:
        kernel = source[name]["kernel"]
        channels = kernel.shape[-1]
        if scale is not None:
            factor, nothing = np.full(channels, scale), np.zeros(channels)
            return folding.after(kernel, source[name]["bias"], factor, nothing)
        normal = source[_normalisation(name)]
        beta, mean, variance = (
            _of_length(normal[key], channels) for key in ("beta", "moving_mean", "moving_variance")
        )
    except KeyError as error:
        raise ConversionError(f"the file has no {error} of {name}") from None
    if variance.min() < 0:
        raise ConversionError(f"{_normalisation(name)} has a negative variance")
    factor, shift = folding.batch_norm(np.ones(channels), beta, mean, variance, epsilon=_EPSILON)
    return folding.after(kernel, np.zeros(channels), factor, shift)


def _of_length(values: Array, length: int) -> Array:
    if values.shape != (length,):
        raise ConversionError(f"an array of shape {values.shape} where {length} values belong")
    return values

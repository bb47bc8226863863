"""Puts the constants of a published LiteRT file into our Keras MobileFaceNet with PReLU.

The file wants two faces at a time, and its PReLU are five operations each: relu(x) + a (x - |x|).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert import folding
from models.convert.fitting import fitted
from models.convert.tflite_file import Operator, read_operators
from models.networks.mobilefacenet_prelu import WIDE, build
from models.types import Array

_SCALE = 1 / 128
_OF_NEGATIVE = 2.0
"""x - |x| is twice x where x is negative."""


def networks() -> dict[str, Any]:
    """Keras model `embedder` with the published weights.

    Raises NotInstalledError or CorruptModelError where the file is missing or not the published
    one, ConversionError where it does not fit the network.
    """
    model = spec("mobilefacenet-192")
    network = build(WIDE)
    network.set_weights(
        keras_weights(read_operators(read_source(model, model.sources[0])), network)
    )
    return {"embedder": network}


def keras_weights(operators: Sequence[Operator], network: Any) -> list[Array]:
    """Weights of `network` (built from `WIDE`); raises ConversionError where they do not fit."""
    weights = [array for operator in operators for array in _arrays(operator)]
    if len(weights) > 1 and weights[0].ndim == 4:
        weights[0], weights[1] = folding.before(
            weights[0], weights[1], np.full(3, _SCALE), np.zeros(3)
        )
    return fitted(weights, network)


def _arrays(operator: Operator) -> Iterator[Array]:
    """In the order of Keras: rows x columns x inputs x outputs."""
    if operator.kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        kernel, bias = operator.constants
        yield kernel.transpose(1, 2, 3, 0)
        yield bias
    else:
        yield from (_OF_NEGATIVE * slopes.reshape(1, 1, -1) for slopes in operator.constants)

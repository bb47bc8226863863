"""Whether weights that were read fit the network that they are meant for."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.errors import ConversionError
from models.types import Array


def fitted(weights: Sequence[Array], network: Any) -> list[Array]:
    """`weights` as they are; raises ConversionError unless they are those of a Keras `network`."""
    wanted = [tuple(variable.shape) for variable in network.weights]
    if [array.shape for array in weights] != wanted:
        raise ConversionError(f"the file holds another network than {network.name}")
    if not all(np.isfinite(array).all() for array in weights):
        raise ConversionError(f"the weights of {network.name} are not all finite")
    return list(weights)

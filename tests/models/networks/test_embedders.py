"""The embedding networks as Keras builds them, before any weights."""

import importlib
import warnings
from typing import Any

import pytest

from models.embedders.spec import EMBEDDERS

LARGEST = {"facenet": 24e6, "mobilefacenet": 1.1e6, "resnet": 6e6}


@pytest.fixture(params=EMBEDDERS)
def network(request: pytest.FixtureRequest) -> Any:
    module = importlib.import_module(f"models.networks.{request.param}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(module, request.param)()


def test_one_chip_in_one_embedding_out(network: Any) -> None:
    spec = EMBEDDERS[network.name]
    assert network.input_shape == (1, spec.size, spec.size, 3)
    assert network.output_shape == (1, spec.dimension)


def test_nothing_is_left_unfolded(network: Any) -> None:
    """Batch normalisation and scaling would cost time at every face."""
    kinds = {type(layer).__name__ for layer in network.layers}
    assert not kinds & {"BatchNormalization", "Lambda", "Rescaling", "Normalization", "Dropout"}
    weights = sum(variable.shape.num_elements() for variable in network.weights)
    assert 0.8 * LARGEST[network.name] < weights < LARGEST[network.name]


def test_layers_are_named_for_the_blocks_they_are_in(network: Any) -> None:
    named = [layer.name for layer in network.layers if layer.weights]
    assert len(set(named)) == len(named)
    assert not [name for name in named if name.startswith(("conv2d", "dense", "depthwise_conv2d"))]

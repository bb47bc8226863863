"""The embedding networks as Keras builds them, before any weights."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from models.embedders.spec import EMBEDDERS
from models.networks import facenet, mobilefacenet, mobilefacenet_prelu, resnet, sface

LARGEST = {
    "facenet": 24e6,
    "mbf": 3.5e6,
    "mobilefacenet": 1.1e6,
    "mobilefacenet-192": 1.4e6,
    "resnet": 6e6,
    "sface": 9.7e6,
}
BUILDERS: dict[str, Callable[[], Any]] = {
    "facenet": facenet.facenet,
    "mbf": lambda: mobilefacenet_prelu.build(mobilefacenet_prelu.MBF),
    "mobilefacenet": mobilefacenet.mobilefacenet,
    "mobilefacenet-192": lambda: mobilefacenet_prelu.build(mobilefacenet_prelu.WIDE),
    "resnet": resnet.resnet,
    "sface": sface.sface,
}


@pytest.fixture(params=BUILDERS)
def network(request: pytest.FixtureRequest) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return BUILDERS[request.param]()


def test_every_embedder_is_one_of_these_networks() -> None:
    alone = {name for name, spec in EMBEDDERS.items() if not spec.parts}
    assert alone == {*BUILDERS, "facenet-vggface2"}
    assert all(part in alone for spec in EMBEDDERS.values() for part, _ in spec.parts)


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

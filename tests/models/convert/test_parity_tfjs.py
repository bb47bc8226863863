"""The converted face mesh and iris networks against TensorFlow running the published graphs."""

import numpy as np
import pytest

from models.assets import prepared
from models.assets.catalogue import spec
from models.assets.runtime import Network
from models.assets.weights import installed, read_source
from models.convert.prepare import prepare
from models.convert.recipes import recipe
from models.types import Array
from tests.models.convert import tfjs_reference

OUTPUTS = {"facemesh": ("Identity_2", "Identity_1"), "iris": ("Identity",)}


def inputs(name: str, network: str) -> list[Array]:
    steps = recipe(name)
    assert steps is not None
    return steps.inputs()[network][:6]


@pytest.mark.parametrize(("name", "network"), [("facemesh", "mesh"), ("iris", "iris")])
def test_the_converted_network_answers_as_the_published_graph(name: str, network: str) -> None:
    model = spec(name)
    if not installed(model):
        pytest.skip("no weights: FACELATCH_DATA names no shared data")
    prepare(model, progress=lambda _: None)
    ours = Network(prepared.load_network(model, network))
    topology, weights = (read_source(model, source) for source in model.sources)
    for image in inputs(name, network):
        expected = np.concatenate(
            [tfjs_reference.run(topology, weights, image, output) for output in OUTPUTS[name]]
        )
        # Pixels of an input of 192 or 64: a hundredth of one is far below what is measured.
        assert np.abs(ours.run(image)[0].ravel() - expected).max() <= 1e-2

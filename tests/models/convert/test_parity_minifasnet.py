"""The converted texture networks: against NumPy for the checkpoints, ONNX Runtime for ONNX."""

import numpy as np
import pytest

from models.assets import prepared
from models.assets.catalogue import ModelSpec, spec
from models.assets.runtime import Network
from models.assets.weights import installed, read_source
from models.convert.prepare import prepare
from models.convert.recipes import recipe
from models.convert.torch_file import read_tensors
from models.types import Array
from tests.models.convert import minifasnet_reference

TOLERANCE = 2e-3  # of logits, whose size is up to some ten


def inputs(name: str) -> list[Array]:
    steps = recipe(name)
    assert steps is not None
    return steps.inputs()["texture"][:6]


def converted(model: ModelSpec) -> Network:
    if not installed(model):
        pytest.skip("no weights: FACELATCH_DATA names no shared data")
    prepare(model, progress=lambda _: None)
    return Network(prepared.load_network(model, "texture"))


@pytest.mark.parametrize("name", ["minifasnet-v2", "minifasnet-v1se"])
def test_the_network_answers_as_the_checkpoint_computed_in_numpy(name: str) -> None:
    model = spec(name)
    ours = converted(model)
    tensors = read_tensors(read_source(model, model.sources[0]))
    for image in inputs(name):
        expected = minifasnet_reference.run(tensors, image)
        assert np.abs(ours.run(image)[0][0] - expected).max() <= TOLERANCE


def test_the_network_answers_as_onnx_runtime() -> None:
    import onnxruntime

    model = spec("minifasnet-v2se")
    ours = converted(model)
    session = onnxruntime.InferenceSession(read_source(model, model.sources[0]))
    for image in inputs("minifasnet-v2se"):
        rgb = image[..., ::-1].transpose(0, 3, 1, 2) / np.float32(255)
        expected = session.run(None, {"input": np.ascontiguousarray(rgb)})[0][0]
        assert np.abs(ours.run(image)[0][0] - expected).max() <= TOLERANCE

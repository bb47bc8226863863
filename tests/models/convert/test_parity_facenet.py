"""Our FaceNet against the published graph, run by TensorFlow, on the same chips."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert import facenet
from models.errors import ConversionError
from models.networks import facenet as architecture
from models.types import Array, Image
from tests.models.convert import chips

FACES = 12
DAMAGED = (
    "InceptionResnetV1/Conv2d_1a_3x3/weights",
    "InceptionResnetV1/Repeat_1/block17_4/Branch_1/Conv2d_0b_1x7/Conv2D_bn_offset",
    "InceptionResnetV1/Block8/Conv2d_1x1/biases",
    "InceptionResnetV1/Bottleneck/BatchNorm/moving_variance",
)


@pytest.fixture(scope="module")
def content() -> bytes:
    model = spec("facenet")
    return read_source(model, model.sources[0])


@pytest.fixture(scope="module")
def published(content: bytes) -> Callable[[Image], Array]:
    """The graph itself, as TensorFlow runs it: a chip in, its embedding of length 1 out."""
    import tensorflow as tf

    def imported() -> None:
        tf.compat.v1.import_graph_def(tf.compat.v1.GraphDef.FromString(content), name="")

    graph = tf.compat.v1.wrap_function(imported, []).prune("input:0", "embeddings:0")

    def run(chip: Image) -> Array:
        rgb = (chip[None, :, :, ::-1].astype(np.float32) - 127.5) / 128
        return np.asarray(graph(tf.constant(rgb))[0].numpy(), dtype=np.float32)

    return run


def test_float32_gives_the_embeddings_of_the_graph(published: Callable[[Image], Array]) -> None:
    ours = chips.embedder("facenet", "float32")
    for chip in chips.lfw_chips("facenet", FACES):
        expected = published(chip)
        assert np.linalg.norm(expected) == pytest.approx(1.0, abs=1e-5)
        answer = ours.answer(chip)
        assert np.abs(answer / np.linalg.norm(answer) - expected).max() <= 1e-4


def test_quantised_agrees_with_float32() -> None:
    assert chips.smallest_cosine("facenet", 60) >= 0.99


@pytest.fixture(scope="module")
def network() -> Any:
    return architecture.facenet()


@pytest.mark.parametrize("name", DAMAGED)
def test_a_graph_that_lacks_a_constant_is_refused(content: bytes, network: Any, name: str) -> None:
    constants = facenet.read_constants(content)
    del constants[name]
    with pytest.raises(ConversionError, match="the graph has no"):
        facenet.keras_weights(constants, network)


def test_a_graph_of_another_network_is_refused(content: bytes, network: Any) -> None:
    constants = facenet.read_constants(content)
    bottleneck = "InceptionResnetV1/Bottleneck/weights"
    with pytest.raises(ConversionError, match="another network"):
        facenet.keras_weights({**constants, bottleneck: constants[bottleneck][:-1]}, network)
    scale = "InceptionResnetV1/Repeat/block35_2/mul/x"
    with pytest.raises(ConversionError, match="is scaled by"):
        facenet.keras_weights({**constants, scale: np.array([0.5], np.float32)}, network)


def test_another_file_is_refused() -> None:
    with pytest.raises(ConversionError, match="not a frozen graph"):
        facenet.read_constants(b"\xff" * 100)

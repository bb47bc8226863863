"""Our `sface` against ONNX Runtime with the published file, on the same real chips."""

import numpy as np
import onnx
import pytest

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert import sface
from models.convert.onnx_blocks import read_nodes
from models.errors import ConversionError
from models.networks import sface as architecture
from models.types import Array, Image
from tests.models.convert import chips

FACES = 12


def published() -> bytes:
    chips.prepared("sface")
    model = spec("sface")
    return read_source(model, model.sources[0])


def test_float32_gives_the_embeddings_of_the_onnx_file() -> None:
    import onnxruntime

    file = onnx.ModelProto.FromString(published())
    # It lists weights that it computes itself among its inputs.
    (wanted,) = (one for one in file.graph.input if one.name == "data")
    del file.graph.input[:]
    file.graph.input.append(wanted)
    session = onnxruntime.InferenceSession(file.SerializeToString())
    ours = chips.embedder("sface", "float32")
    for chip in chips.lfw_chips("sface", FACES):
        expected = session.run(None, {"data": as_onnx_wants(chip)})[0][0]
        assert np.abs(ours.answer(chip) - expected).max() <= 1e-4 * np.abs(expected).max()


def as_onnx_wants(chip: Image) -> Array:
    return np.asarray(chip[:, :, ::-1].transpose(2, 0, 1)[None], dtype=np.float32)


def test_quantised_agrees_with_float32() -> None:
    assert chips.smallest_cosine("sface", 60) >= 0.99


@pytest.mark.parametrize("left", [slice(None, -3), slice(2, None), slice(0, 0)])
def test_a_file_of_another_network_is_refused(left: slice) -> None:
    nodes = read_nodes(published())[left]
    with pytest.raises(ConversionError, match="another network"):
        sface.keras_weights(nodes, architecture.sface())

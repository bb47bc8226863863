"""Our `mobilefacenet-192` against the published file, run by LiteRT as it is."""

import numpy as np
import pytest

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert import mobilefacenet_192
from models.convert.tflite_file import read_operators
from models.errors import ConversionError
from models.networks.mobilefacenet_prelu import WIDE, build
from models.types import Array, Image
from tests.models.convert import chips

FACES = 12


def test_float32_gives_the_embeddings_of_the_file() -> None:
    from ai_edge_litert.interpreter import Interpreter

    found = chips.lfw_chips("mobilefacenet-192", FACES)
    ours = chips.embedder("mobilefacenet-192", "float32")
    model = spec("mobilefacenet-192")
    file = Interpreter(model_content=read_source(model, model.sources[0]))
    file.allocate_tensors()
    (wants,), (gives,) = file.get_input_details(), file.get_output_details()
    for chip in found:
        file.set_tensor(wants["index"], _pair(chip))
        file.invoke()
        expected = file.get_tensor(gives["index"])[0]
        assert np.abs(ours.answer(chip) - expected).max() <= 1e-4 * np.abs(expected).max()


def _pair(chip: Image) -> Array:
    rgb = (chip[:, :, ::-1].astype(np.float32) - 127.5) / 128
    return np.stack([rgb, rgb])


def test_quantised_agrees_with_float32() -> None:
    assert chips.smallest_cosine("mobilefacenet-192", 60) >= 0.99


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"TFL3" * 50])
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(ConversionError):
        read_operators(content)


def test_a_file_of_another_network_is_refused() -> None:
    chips.prepared("mobilefacenet-192")
    model = spec("mobilefacenet-192")
    operators = read_operators(read_source(model, model.sources[0]))
    with pytest.raises(ConversionError, match="another network"):
        mobilefacenet_192.keras_weights(operators[:-3], build(WIDE))

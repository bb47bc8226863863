"""Our MobileFaceNet against ONNX Runtime with the published file, on the same real chips."""

import numpy as np

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.types import Array, Image
from tests.models.convert import chips

FACES = 40
# ImageNet's, as torchvision documents them: for pixels in 0..1.
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def as_onnx_wants(chip: Image) -> Array:
    rgb = (chip[:, :, ::-1] / 255 - MEAN) / DEVIATION
    return np.asarray(rgb.transpose(2, 0, 1)[None], dtype=np.float32)


def test_float32_gives_the_embeddings_of_the_onnx_file() -> None:
    import onnxruntime

    found = chips.lfw_chips("mobilefacenet", FACES)
    model = spec("mobilefacenet")
    session = onnxruntime.InferenceSession(read_source(model, model.sources[0]))
    name = session.get_inputs()[0].name
    ours = chips.embedder("mobilefacenet", "float32")
    for chip in found:
        expected = session.run(None, {name: as_onnx_wants(chip)})[0][0]
        difference = np.abs(ours.answer(chip) - expected).max()
        assert difference <= 1e-3


def test_quantised_agrees_with_float32() -> None:
    assert chips.smallest_cosine("mobilefacenet", 120) >= 0.995

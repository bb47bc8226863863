"""Our metric ResNet against dlib itself, on the same real chips."""

import numpy as np

from models.assets.catalogue import PackageFile, spec
from models.assets.weights import source_path
from tests.models.convert import chips

FACES = 40


def test_float32_gives_the_embeddings_of_dlib() -> None:
    import dlib

    source = spec("resnet").sources[0]
    assert isinstance(source, PackageFile)
    reference = dlib.face_recognition_model_v1(str(source_path(source)))
    ours = chips.embedder("resnet", "float32")
    differences = [
        np.abs(
            ours.answer(chip)
            - np.array(reference.compute_face_descriptor(np.ascontiguousarray(chip[:, :, ::-1])))
        ).max()
        for chip in chips.lfw_chips("resnet", FACES)
    ]
    # The bar is 1e-3; it reaches 1e-6, so that a tenth of the bar is already a mistake.
    assert max(differences) <= 1e-4


def test_quantised_agrees_with_float32() -> None:
    assert chips.smallest_cosine("resnet", 120) >= 0.995

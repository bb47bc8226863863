"""Our `mbf` against what its dequantised file was measured to answer (shared data)."""

import numpy as np
import pytest

from models import files
from models.convert import mbf
from models.convert.espdl_file import read_nodes
from models.errors import ConversionError
from models.networks.mobilefacenet_prelu import MBF, build
from tests.data import shared_data
from tests.models.convert import chips


@pytest.fixture(scope="module")
def content() -> bytes:
    path = shared_data("weights/mbf/human_face_feat_mbf_s8_v1.espdl")
    content: bytes = files.read_bounded(path, most=10_000_000)
    return content


def test_it_answers_as_the_reference(content: bytes) -> None:
    network = build(MBF)
    network.set_weights(mbf.keras_weights(read_nodes(content), network))
    with np.load(shared_data("weights/mbf/reference.npz")) as reference:
        pictures, expected = reference["chips"], reference["embeddings"]
    assert len(pictures) == 8
    for chip, wanted in zip(pictures, expected, strict=True):
        answer = np.asarray(network(chip[None].astype(np.float32)))[0]
        assert np.abs(answer - wanted).max() <= 1e-4


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_prepared_it_answers_as_the_reference(precision: str) -> None:
    ours = chips.embedder("mbf", "int8" if precision == "int8" else "float32")
    with np.load(shared_data("weights/mbf/reference.npz")) as reference:
        pairs = list(zip(reference["chips"], reference["embeddings"], strict=True))
    for chip, wanted in pairs:
        answer = ours.answer(np.ascontiguousarray(chip[:, :, ::-1]))
        cosine = answer @ wanted / np.linalg.norm(answer) / np.linalg.norm(wanted)
        assert cosine >= (0.99999 if precision == "float32" else 0.99)


def test_other_files_are_refused(content: bytes) -> None:
    for broken in (b"", b"EDL2", b"\0" * 1000, content[:20], content[:5000], content[:-20_000]):
        with pytest.raises(ConversionError):
            read_nodes(broken)
    network = build(MBF)
    with pytest.raises(ConversionError, match="another network"):
        mbf.keras_weights(read_nodes(content)[:-1], network)


def test_noise_in_the_file_is_an_error_or_other_numbers(content: bytes) -> None:
    """Never anything but our own error, wherever a byte is changed."""
    rng = np.random.default_rng(5)
    for _ in range(200):
        noisy = bytearray(content[:200_000])
        for place in rng.integers(4, len(noisy), 20):
            noisy[place] = int(rng.integers(256))
        try:
            read_nodes(bytes(noisy))
        except ConversionError:
            continue

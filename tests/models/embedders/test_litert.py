"""The embedder around a network: channel order, length, and what it refuses."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from models import alignment
from models.assets import prepared
from models.assets.catalogue import MODELS
from models.assets.runtime import Network
from models.assets.weights import source_digest
from models.embedders.litert import LiteRTEmbedder, NetworkEmbedder
from models.embedders.spec import EMBEDDERS, EmbedderSpec
from models.embedders.whitening import Whitening
from models.errors import CorruptModelError, ImageError, ModelError, NotPreparedError, UsageError
from models.types import Array, Embedder, Precision
from tests.models.fakes import download, model
from tests.models.tiny import scaling

MODEL = model(download("https://release.invalid/weights.bin"), networks=("embedder",))
SPEC = replace(
    EMBEDDERS["resnet"], name=MODEL.name, dimension=3, normalised=False, mirror_reference=None
)
CHIP = np.random.default_rng(3).integers(0, 256, (150, 150, 3), dtype=np.uint8)


class Sees:
    """In place of a network: keeps what it was given and answers what it is told."""

    def __init__(self, *answer: float) -> None:
        self.answer = np.array([answer], dtype=np.float32)

    def run(self, batch: Array) -> tuple[Array, ...]:
        self.batch = batch
        return (self.answer,)


class Answers:
    """In place of a network: one answer after the other."""

    def __init__(self, *answers: Array) -> None:
        self._answers = iter(answers)

    def run(self, batch: Array) -> tuple[Array, ...]:  # noqa: ARG002
        return (next(self._answers)[None],)


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path))
    monkeypatch.setitem(MODELS, MODEL.name, MODEL)


def write(*precisions: Precision) -> None:
    network = scaling({"out": 1.0})
    prepared.write(MODEL, {"embedder": dict.fromkeys(precisions, network)}, precisions[0], {})


def seeing(sees: Sees, spec: EmbedderSpec = SPEC) -> LiteRTEmbedder:
    write("float32")
    embedder = LiteRTEmbedder(spec)
    embedder.__dict__["_network"] = sees
    return embedder


def test_it_is_an_embedder_that_says_what_it_is() -> None:
    write("int8", "float32")
    embedder: Embedder = LiteRTEmbedder(SPEC)
    assert embedder.name == MODEL.name
    assert embedder.precision == "int8"
    assert embedder.metric == "euclidean"
    assert embedder.threshold == SPEC.threshold
    assert embedder.model_id == f"{MODEL.name}:{source_digest(MODEL)[:16]}.{SPEC.revision}"
    assert LiteRTEmbedder(SPEC, precision="float32").precision == "float32"


def test_the_network_is_given_rgb() -> None:
    sees = Sees(1, 2, 3)
    seeing(sees).embed([CHIP])
    assert sees.batch.dtype == np.float32
    np.testing.assert_array_equal(sees.batch, CHIP[None, :, :, ::-1])


def test_length_is_kept_or_made_one_as_the_model_wants() -> None:
    assert seeing(Sees(3, 0, 4)).embed([CHIP]).tolist() == [3, 0, 4]
    unit = seeing(Sees(3, 0, 4), replace(SPEC, normalised=True)).embed([CHIP])
    np.testing.assert_allclose(unit, [0.6, 0, 0.8], rtol=1e-6)


def test_nothing_divided_by_its_length_stays_nothing() -> None:
    zero = seeing(Sees(0, 0, 0), replace(SPEC, normalised=True)).embed([CHIP])
    assert zero.tolist() == [0, 0, 0]


@pytest.mark.parametrize("strange", [np.nan, np.inf])
def test_what_is_not_finite_is_no_embedding(strange: float) -> None:
    for normalised in True, False:
        embedder = seeing(Sees(1, strange, 2), replace(SPEC, normalised=normalised))
        with pytest.raises(ModelError, match="not finite"):
            embedder.embed([CHIP])


@pytest.mark.parametrize(
    "chip",
    [
        CHIP[:149],
        CHIP[:, :, 0],
        CHIP[None],
        CHIP.astype(np.float32),
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((150, 150, 4), np.uint8),
    ],
)
def test_other_chips_are_refused(chip: np.ndarray) -> None:
    with pytest.raises(ImageError, match="embeds chips of"):
        seeing(Sees(1, 2, 3)).embed([chip])


def test_what_is_not_prepared_or_damaged_is_not_run() -> None:
    with pytest.raises(NotPreparedError):
        LiteRTEmbedder(SPEC)
    write("float32")
    with pytest.raises(UsageError, match="no int8 network"):
        LiteRTEmbedder(SPEC, precision="int8")
    path = prepared.folder(MODEL) / "embedder.float32.tflite"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptModelError):
        LiteRTEmbedder(SPEC)


def test_two_chips_are_one_mean_direction() -> None:
    answers = np.array([[4.0, 0.0, 0.0], [0.0, 0.0, 1.0]], dtype=np.float32)
    embedder = seeing(Sees(1, 2, 3), replace(SPEC, normalised=True))
    embedder.__dict__["_network"] = Answers(*answers)
    half = 0.5**0.5
    np.testing.assert_allclose(embedder.embed([CHIP, CHIP]), [half, 0, half], rtol=1e-6)


def test_each_chip_is_whitened_before_their_directions_are_averaged() -> None:
    answers = np.array([[4.0, 0.0, 0.0], [0.0, 0.0, 1.0]], dtype=np.float32)
    whitened = Whitening(np.array([0.5, 0.0, 0.0]), np.eye(3)[2:], np.array([0.5]), 2.0, 200)
    embedder = NetworkEmbedder(
        replace(SPEC, normalised=True),
        cast("Network", Answers(*answers)),
        precision="float32",
        model_id="fake:0",
        whitened=whitened,
    )
    # (1, 0, 0) becomes (1, 0, 0); (0, 0, 1) becomes (-1, 0, 0.5).
    length = 1.25**0.5
    mean = np.array([1 - 1 / length, 0, 0.5 / length])
    np.testing.assert_allclose(embedder.embed([CHIP, CHIP]), mean / np.linalg.norm(mean), rtol=1e-5)


def test_the_second_chip_is_the_mirror_of_its_own_cut() -> None:
    spec = EMBEDDERS["mobilefacenet"]
    assert spec.mirror_reference is not None
    write("float32")
    embedder = LiteRTEmbedder(replace(spec, name=MODEL.name))
    image = np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    landmarks = spec.reference + np.float32(20)
    first, second = embedder.align(image, landmarks)
    np.testing.assert_array_equal(
        first, alignment.align(image, landmarks, spec.reference, spec.size)
    )
    np.testing.assert_array_equal(
        second[:, ::-1], alignment.align(image, landmarks, spec.mirror_reference, spec.size)
    )

"""Several networks asked about one chip: how their answers become one embedding."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import zoo
from models.assets import prepared
from models.assets.catalogue import MODELS
from models.embedders.joined import JoinedNetworks, joined
from models.embedders.litert import LiteRTEmbedder, NetworkEmbedder
from models.embedders.spec import EMBEDDERS
from models.errors import (
    CorruptModelError,
    ImageError,
    ModelError,
    NotInstalledError,
    NotPreparedError,
    UsageError,
)
from models.types import Array, Embedding, Precision
from tests.models.fakes import download, model
from tests.models.tiny import scaling

PARTS = (("one", 0.7), ("other", 0.3))
MODEL = model(
    download("https://release.invalid/one.bin", b"one"),
    download("https://release.invalid/other.bin", b"other"),
    networks=("one", "other"),
)
SPEC = replace(
    EMBEDDERS["sface-mobilefacenet"], name=MODEL.name, parts=PARTS, mirror_reference=None
)
CHIP = np.random.default_rng(3).integers(0, 256, (112, 112, 3), dtype=np.uint8)


class Says:
    """In place of a network: answers what it is told."""

    def __init__(self, *answer: float) -> None:
        self.answer = np.array([answer], dtype=np.float32)

    def run(self, batch: Array) -> tuple[Array, ...]:
        self.batch = batch
        return (self.answer,)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path))
    monkeypatch.setitem(MODELS, MODEL.name, MODEL)
    return tmp_path


def asked(*says: Says) -> tuple[JoinedNetworks, NetworkEmbedder]:
    made = JoinedNetworks(says, [weight for _, weight in PARTS])  # type: ignore[arg-type]
    return made, NetworkEmbedder(SPEC, made, precision="int8", model_id="fake:0")


def write(*precisions: Precision) -> None:
    network = scaling({"out": 1.0})
    each = {name: dict.fromkeys(precisions, network) for name in MODEL.networks}
    prepared.write(MODEL, each, precisions[0], {})


def test_the_cosine_is_the_weighted_mean_of_the_networks_own() -> None:
    rng = np.random.default_rng(7)
    weights = [weight for _, weight in PARTS]

    def random() -> list[Embedding]:
        return [rng.normal(size=size).astype(np.float32) * size for size in (5, 9)]

    one, other = random(), random()
    cosines = [
        float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
        for a, b in zip(one, other, strict=True)
    ]
    first, second = joined(one, weights), joined(other, weights)
    assert first.shape == (14,)
    assert float(np.linalg.norm(first)) == pytest.approx(1.0, abs=1e-6)
    assert float(first @ second) == pytest.approx(float(np.dot(weights, cosines)), abs=1e-6)


def test_every_network_is_asked_about_the_same_chip() -> None:
    one, other = Says(3.0, 4.0), Says(0.0, 0.5, 0.0)
    _, embedder = asked(one, other)
    answer = embedder.embed([CHIP])
    np.testing.assert_array_equal(one.batch, CHIP[None, :, :, ::-1])
    np.testing.assert_array_equal(one.batch, other.batch)
    a, b = 0.7**0.5, 0.3**0.5
    np.testing.assert_allclose(answer, [0.6 * a, 0.8 * a, 0, b, 0], rtol=1e-6)


def test_one_network_is_asked_alone() -> None:
    one, other = Says(3.0, 4.0), Says(0.0, np.nan)
    _, embedder = asked(one, other)
    np.testing.assert_allclose(embedder.embed_part(CHIP, 0), [0.6, 0.8], rtol=1e-6)
    assert embedder.parts == (0.7, 0.3)
    assert not hasattr(other, "batch")
    with pytest.raises(ModelError, match="not finite"):
        embedder.embed_part(CHIP, 1)
    with pytest.raises(ImageError):
        embedder.embed_part(CHIP[:100], 0)


def test_an_embedder_of_one_network_has_no_parts() -> None:
    spec = replace(SPEC, parts=())
    alone = NetworkEmbedder(spec, Says(3.0, 4.0), precision="int8", model_id="fake:0")  # type: ignore[arg-type]
    assert alone.parts == ()
    with pytest.raises(UsageError, match="one network only"):
        alone.embed_part(CHIP, 0)


@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("second", [False, True])
def test_what_is_not_finite_of_either_is_no_embedding(strange: float, second: bool) -> None:
    says = [Says(1.0, 2.0), Says(strange, 1.0)]
    _, embedder = asked(*(says if second else says[::-1]))
    with pytest.raises(ModelError, match="not finite"):
        embedder.embed([CHIP])


def test_a_network_that_says_nothing_makes_nobody_alike() -> None:
    """Half of an answer is no whole one: two such faces are not nearer than by what was said."""
    made, _ = asked(Says(1.0, 0.0), Says(0.0, 0.0))
    (answer,) = made.run(CHIP[None].astype(np.float32))[0]
    assert float(np.linalg.norm(answer)) == pytest.approx(0.7**0.5)


def test_all_its_networks_must_be_here_whole() -> None:
    with pytest.raises(NotPreparedError):
        LiteRTEmbedder(SPEC)
    write("float32")
    with pytest.raises(UsageError, match="no int8 network"):
        LiteRTEmbedder(SPEC, precision="int8")
    LiteRTEmbedder(SPEC)
    path = prepared.folder(MODEL) / "other.float32.tflite"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptModelError, match=r"other\.float32\.tflite is damaged"):
        LiteRTEmbedder(SPEC)


def test_one_of_two_weights_is_one_clear_line(cache: Path) -> None:
    name = "sface-mobilefacenet"
    (cache / "weights").mkdir()
    (cache / "weights" / "MobileFaceNet.onnx").write_bytes(b"x")
    with pytest.raises(NotInstalledError) as caught:
        zoo.load_embedder(name)
    assert str(caught.value) == (
        f"the weights of {name} are not installed; run: facelatch models fetch {name}"
    )
    assert zoo.state(MODELS[name]).problem.endswith(f"is not the published file of {name}")
    assert not zoo.usable(MODELS[name])


def test_its_parts_are_the_networks_of_the_catalogue() -> None:
    for spec in EMBEDDERS.values():
        expected = tuple(name for name, _ in spec.parts) or ("embedder",)
        assert MODELS[spec.name].networks == expected
        if spec.parts:
            assert sum(weight for _, weight in spec.parts) == pytest.approx(1.0)
            assert spec.dimension == sum(EMBEDDERS[name].dimension for name, _ in spec.parts)
            sources = [source for name, _ in spec.parts for source in MODELS[name].sources]
            assert list(MODELS[spec.name].sources) == sources

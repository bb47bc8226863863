"""Our FaceNet against keras-facenet's own network, which writes a file as the published one is.

The published weights cannot be had everywhere; random ones, with live batch normalisations, in the
same file layout show as well whether every array lands where it belongs.
"""

import hashlib
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.assets import catalogue, prepared
from models.convert import facenet_vggface2, selfcheck
from models.convert.keras_file import LayerWeights, read_weights
from models.convert.prepare import prepare
from models.embedders.litert import LiteRTEmbedder
from models.embedders.spec import EMBEDDERS
from models.errors import ConversionError
from models.networks import facenet as architecture
from models.types import Array, Image

pytestmark = pytest.mark.slow

PORTRAITS = 4


@dataclass(frozen=True)
class Reference:
    file: Path
    chips: list[Image]
    embeddings: Array


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    folder = tmp_path_factory.mktemp("facenet")
    inputs = np.concatenate(selfcheck.chips(EMBEDDERS["facenet-vggface2"], PORTRAITS))
    np.save(folder / "inputs.npy", inputs)
    script = Path(__file__).with_name("facenet_reference.py")
    files = [folder / name for name in ("inputs.npy", "weights.h5", "embeddings.npy")]
    made = subprocess.run(
        [sys.executable, script, *files], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr[-2000:]
    chips = [chip[:, :, ::-1].astype(np.uint8) for chip in inputs]
    return Reference(files[1], chips, np.load(files[2]))


@pytest.fixture
def installed(
    reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> catalogue.ModelSpec:
    """The reference's file as if it were the published one."""
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path))
    published = catalogue.spec("facenet-vggface2")
    (source,) = published.downloads
    digest = hashlib.sha256(reference.file.read_bytes()).hexdigest()
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / source.filename).symlink_to(reference.file)
    changed = replace(published, sources=(replace(source, sha256=digest, size=None),))
    monkeypatch.setitem(catalogue.MODELS, "facenet-vggface2", changed)
    return changed


def test_the_reference_can_tell_faces_apart(reference: Reference) -> None:
    """Otherwise any two networks would agree on its embeddings."""
    products = reference.embeddings @ reference.embeddings.T
    np.testing.assert_allclose(np.diag(products), 1, atol=1e-5)
    assert np.median(products[np.triu_indices(len(products), 1)]) < 0.9


def test_the_file_is_laid_out_as_the_published_one(
    reference: Reference, weights: LayerWeights
) -> None:
    """449 groups, of which those with weights are used, each and all."""
    import h5py

    with h5py.File(reference.file) as file:
        assert len(file) == 449
        assert len(file.attrs["layer_names"]) == 448
    assert sum(array.size for layer in weights.values() for array in layer.values()) > 23e6


def test_prepared_it_gives_the_reference_embeddings(
    reference: Reference, installed: catalogue.ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It checks itself on the chips of which the reference's embeddings are known, not on 48.
    chips = selfcheck.chips
    monkeypatch.setattr(selfcheck, "chips", lambda spec: chips(spec, PORTRAITS))
    lines: list[str] = []
    manifest = prepare(installed, progress=lines.append)
    ours = LiteRTEmbedder(EMBEDDERS["facenet-vggface2"], precision="float32")
    for chip, expected in zip(reference.chips, reference.embeddings, strict=True):
        assert np.abs(ours.embed([chip]) - expected).max() <= 1e-4
    # Whether int8 passes depends on the weights; either way the default follows from it.
    passed = manifest.check["embedder"]["int8_cosine"] >= 0.995
    assert manifest.precision == ("int8" if passed else "float32")
    assert prepared.verify(installed) == manifest
    assert f"runs as {manifest.precision}" in lines[-1]


@pytest.fixture(scope="module")
def weights(reference: Reference) -> LayerWeights:
    return read_weights(reference.file.read_bytes())


@pytest.fixture(scope="module")
def network() -> Any:
    return architecture.facenet()


@pytest.mark.parametrize(
    ("layer", "array"),
    [
        ("Conv2d_1a_3x3", "kernel"),
        ("Block17_4_Branch_1_Conv2d_0b_1x7_BatchNorm", "moving_variance"),
        ("Block8_6_Conv2d_1x1", "bias"),
        ("Bottleneck_BatchNorm", "beta"),
    ],
)
def test_a_file_that_lacks_an_array_is_refused(
    weights: LayerWeights, network: Any, layer: str, array: str
) -> None:
    assert array in weights[layer]
    kept = {key: values for key, values in weights[layer].items() if key != array}
    with pytest.raises(ConversionError, match="the file has no"):
        facenet_vggface2.load(network, {**weights, layer: kept})


def test_a_file_of_another_network_is_refused(weights: LayerWeights, network: Any) -> None:
    more: LayerWeights = {**weights, "Logits": {"kernel": np.ones((2, 2), np.float32)}}
    with pytest.raises(ConversionError, match="a layer that FaceNet has not: Logits"):
        facenet_vggface2.load(network, more)
    wrong = np.ones((3, 3, 3, 16), np.float32)
    with pytest.raises(ConversionError, match="where 16 values belong"):
        facenet_vggface2.load(network, {**weights, "Conv2d_1a_3x3": {"kernel": wrong}})
    turned = weights["Bottleneck"]["kernel"].T
    with pytest.raises(ConversionError):
        facenet_vggface2.load(network, {**weights, "Bottleneck": {"kernel": turned}})

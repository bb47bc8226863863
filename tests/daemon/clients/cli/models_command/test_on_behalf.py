"""Converting on behalf of other commands: what is missing or damaged is made, the rest is said."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.clients.cli import prepare
from models.assets import prepared, weights
from models.assets.catalogue import MODELS, ModelSpec
from models.errors import (
    CorruptModelError,
    CorruptNetworkError,
    ModelError,
    NotInstalledError,
    UsageError,
)
from tests.daemon.clients.cli.models_command.calling import CONVERTS, FAKE, runs


def load_fake() -> bytes:
    return prepared.load_network(FAKE, "embedder")


def test_what_is_missing_is_made_and_then_loaded(
    capsys: pytest.CaptureFixture[str],
    fake: ModelSpec,
    child: Callable[[str], None],
    tmp_path: Path,
) -> None:
    child(CONVERTS)
    assert prepare.load_or_prepare(load_fake) == b"network"
    assert prepare.load_or_prepare(load_fake) == b"network"
    prepare.ensure_prepared([fake.name, "haar"])
    assert runs(tmp_path) == 1
    assert capsys.readouterr().err.startswith("facelatch: preparing fake")


@pytest.mark.parametrize("name", ["embedder.float32.tflite", "manifest.json"])
def test_a_damaged_cache_is_noticed_and_made_anew(
    capsys: pytest.CaptureFixture[str],
    fake: ModelSpec,
    child: Callable[[str], None],
    tmp_path: Path,
    name: str,
) -> None:
    child(CONVERTS)
    prepare.ensure_prepared([fake.name], quiet=True)
    assert capsys.readouterr().err == ""
    path = prepared.folder(fake) / name
    for attempt in (
        lambda: prepare.load_or_prepare(load_fake),
        lambda: prepare.ensure_prepared([fake.name]),
    ):
        path.write_bytes(b"network of somebody else")
        attempt()
        assert load_fake() == b"network"
    assert runs(tmp_path) == 3
    assert f"{name} is damaged; it is made anew" in capsys.readouterr().err


def test_what_cannot_be_made_is_not_tried_for_ever(
    fake: ModelSpec, child: Callable[[str], None], tmp_path: Path
) -> None:
    child(CONVERTS)

    def never() -> None:
        raise CorruptNetworkError(fake.name, "still damaged")

    with pytest.raises(CorruptNetworkError, match="still damaged"):
        prepare.load_or_prepare(never, quiet=True)
    assert runs(tmp_path) == 1


@pytest.mark.parametrize("error", [CorruptModelError("weights"), ModelError("x"), UsageError("y")])
def test_what_preparing_cannot_mend_is_not_prepared(
    child: Callable[[str], None], tmp_path: Path, error: Exception
) -> None:
    child(CONVERTS)

    def fails() -> None:
        raise error

    with pytest.raises(type(error)):
        prepare.load_or_prepare(fails)
    assert runs(tmp_path) == 0


def test_without_weights_no_child_is_started(
    fake: ModelSpec, child: Callable[[str], None], tmp_path: Path
) -> None:
    child(CONVERTS)
    (weights.weights_folder() / "weights.bin").unlink()
    with pytest.raises(NotInstalledError, match="facelatch models fetch fake"):
        prepare.ensure_prepared([fake.name])
    assert runs(tmp_path) == 0


@pytest.fixture(scope="session")
def converted(prepared_models: None) -> Path:  # noqa: ARG001 - asked for, not used
    """MTCNN, really converted, in the cache that all tests share."""
    return prepared.folder(MODELS["mtcnn"])


def test_the_program_that_is_started_is_the_real_one(converted: Path, cache: Path) -> None:
    """It finds all there; what it makes of nothing: tests/models/convert/test_main.py."""
    shutil.copytree(converted, cache / "prepared" / converted.name)
    said: list[str] = []
    prepare._convert("mtcnn", said.append)
    assert said == ["ready, runs as float32"]

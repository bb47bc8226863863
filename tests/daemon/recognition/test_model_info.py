"""What the service takes a trained network for, whatever the camera worker says of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from daemon.recognition.model_info import info_of
from models.assets import trained
from models.errors import ModelError, NotInstalledError
from tests.models.assets.test_trained import CONTENT, STRONG


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path))


def info(name: str, *, allow_weak: bool = False) -> None:
    info_of(name, f"{name}:0", "float32", "mtcnn", security="standard", allow_weak=allow_weak)


def test_a_weak_network_is_refused_unless_told_otherwise() -> None:
    trained.write(replace(STRONG, auc=0.9), CONTENT)
    with pytest.raises(ModelError, match="too weak to unlock"):
        info("siamese:mine")
    # It then comes as far as its calibration, which nobody made.
    with pytest.raises(NotInstalledError, match="no calibration"):
        info("siamese:mine", allow_weak=True)


def test_a_strong_one_needs_a_calibration_all_the_same() -> None:
    trained.write(STRONG, CONTENT)
    with pytest.raises(NotInstalledError, match="no calibration"):
        info("siamese:mine")


@pytest.mark.parametrize("name", ["none", "siamese:none", "siamese:../x", ""])
def test_an_unknown_embedder_is_refused(name: str) -> None:
    with pytest.raises((ModelError, ValueError)):
        info(name)

"""Trained networks on disk: whole or refused, weak ones known as such."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from models.assets import trained
from models.assets.trained import Trained
from models.errors import CorruptModelError, NotInstalledError, UsageError

CONTENT = b"not really a network"
STRONG = Trained(
    name="mine",
    tower="olivetti",
    loss="bce",
    base="",
    size=64,
    upright=False,
    dimension=128,
    threshold=0.7,
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    bytes=len(CONTENT),
    people=10,
    auc=0.999,
    eer=0.01,
    one_shot=0.99,
    ways=10,
    beside={"resnet": 1.0},
)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path))


def test_what_is_written_is_read_back_and_replaced() -> None:
    folder = trained.write(STRONG, CONTENT)
    assert trained.load("siamese:mine") == (STRONG, CONTENT)
    assert trained.names() == ["siamese:mine"]
    other = replace(STRONG, auc=0.5)
    trained.write(other, CONTENT)
    assert trained.read("siamese:mine") == other
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json",
        "network.float32.tflite",
    ]
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]


def test_what_is_not_there_is_said_with_what_to_do() -> None:
    assert trained.names() == []
    with pytest.raises(NotInstalledError, match="facelatch train DATA --name mine"):
        trained.read("siamese:mine")


@pytest.mark.parametrize("name", ["siamese:../x", "siamese:", "siamese:A", "mine", "siamese:a/b"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        trained.folder(name)


def test_a_changed_network_is_refused() -> None:
    folder = trained.write(STRONG, CONTENT)
    (folder / "network.float32.tflite").write_bytes(CONTENT[::-1])
    with pytest.raises(CorruptModelError, match="damaged"):
        trained.load("siamese:mine")
    (folder / "network.float32.tflite").unlink()
    with pytest.raises(CorruptModelError, match="incomplete"):
        trained.load("siamese:mine")


@pytest.mark.parametrize("who", ["folder", "manifest.json", "network.float32.tflite"])
def test_what_others_could_have_changed_is_refused(who: str) -> None:
    folder = trained.write(STRONG, CONTENT)
    (folder if who == "folder" else folder / who).chmod(0o777)
    with pytest.raises(CorruptModelError, match="not safe to use"):
        trained.load("siamese:mine")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"format": 2},
        {"auc": 1.5},
        {"auc": float("nan")},
        {"threshold": 0.0},
        {"size": 100_000},
        {"size": True},
        {"dimension": "128"},
        {"bytes": 10**12},
        {"sha256": "x"},
        {"beside": {"resnet": 2.0}},
        {"more": 1},
    ],
)
def test_a_damaged_manifest_is_refused(change: dict[str, object]) -> None:
    path = trained.write(STRONG, CONTENT) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(CorruptModelError):
        trained.read("siamese:mine")


def test_what_is_too_weak_is_known() -> None:
    assert STRONG.weakness == ""
    assert "0.9949" in replace(STRONG, auc=0.9949).weakness
    assert "9 people" in replace(STRONG, people=9).weakness
    assert replace(STRONG, people=0, auc=0.0).weakness

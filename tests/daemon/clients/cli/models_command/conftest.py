"""An empty cache, a model whose weights are here, and what converts it in a child process."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.clients.cli import prepare
from models.assets.catalogue import MODELS, ModelSpec
from tests.daemon.clients.cli.models_command.calling import FAKE
from tests.models.fakes import CONTENT


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FACELATCH_MIRROR", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, cache: Path) -> ModelSpec:
    """A model of the catalogue whose weights are here."""
    monkeypatch.setitem(MODELS, "fake", FAKE)
    (cache / "weights").mkdir(parents=True)
    (cache / "weights" / "weights.bin").write_bytes(CONTENT)
    return FAKE


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Sets what runs in place of `models.convert`; each run leaves a line in `runs`."""

    def use(code: str) -> None:
        noted = f"open({str(tmp_path / 'runs')!r}, 'a').write('run\\n')\n"
        monkeypatch.setattr(prepare, "_command", lambda _name: [sys.executable, "-c", noted + code])

    return use

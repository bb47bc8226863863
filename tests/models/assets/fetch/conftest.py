"""An empty cache and a real server on this machine, with a model whose weights it has."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.assets.catalogue import ModelSpec
from tests.models.assets.fetch.fetching import NAME
from tests.models.fakes import CONTENT, download, model
from tests.models.web import Web, serving


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no mirror or proxy of this machine."""
    for variable in ("http_proxy", "https_proxy", "all_proxy", "FACELATCH_MIRROR"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as server:
        server.files[f"/{NAME}"] = CONTENT
        yield server


@pytest.fixture
def spec(web: Web) -> ModelSpec:
    return model(download(f"{web.base}/{NAME}"))

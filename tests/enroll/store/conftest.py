"""A store without anybody in it."""

from pathlib import Path

import pytest

from enroll.store.store import TemplateStore


@pytest.fixture
def store(tmp_path: Path) -> TemplateStore:
    return TemplateStore(tmp_path / "data" / "templates")

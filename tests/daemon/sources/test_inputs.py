"""Each row of docs/inputs.md is what happens."""

from pathlib import Path

import pytest

from tests.daemon.sources.inputs import CAMERAS, CLOCKS, FILES, cell, looked_at
from tests.data import ROOT

_ROWS = [
    [one.strip() for one in line.strip().strip("|").split("|")]
    for line in (ROOT / "docs/inputs.md").read_text().splitlines()
    if line.startswith(("| file", "| camera", "| clock"))
]
_SAID = {(kind, name): result for kind, name, result in _ROWS}


def test_the_page_lists_all_of_them() -> None:
    assert len(_SAID) >= 50
    assert [name for _, name, _ in _ROWS] == [*FILES, *CAMERAS, *CLOCKS]


@pytest.mark.parametrize("name", FILES)
def test_what_comes_of_a_file(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cell(looked_at(FILES[name](tmp_path))) == _SAID["file", name]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", CAMERAS)
def test_what_comes_of_a_camera(name: str) -> None:
    assert CAMERAS[name]() == _SAID["camera", name]


@pytest.mark.parametrize("name", CLOCKS)
def test_what_comes_of_a_clock_or_locale(name: str) -> None:
    assert CLOCKS[name]() == _SAID["clock or locale", name]

"""The tables of licences keep up with what the project asks for."""

import re
import tomllib
from itertools import chain

from models.assets.catalogue import MODELS
from tests.data import ROOT


def _names_listed() -> set[str]:
    rows = (ROOT / "docs" / "licences.md").read_text()
    first_cells = re.findall(r"^\|([^|]+)\|", rows, re.MULTILINE)
    return {name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_dependency_is_listed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    names = {re.split(r"[<>=!~\[ ;]", requirement)[0] for requirement in asked}
    assert names - _names_listed() == {project["name"]}


def test_every_model_is_listed() -> None:
    assert set(MODELS) - _names_listed() == set()

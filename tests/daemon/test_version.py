"""The version that the service tells without asking Python's package metadata, which takes 2 MB."""

import tomllib

from daemon import __version__
from tests.data import ROOT


def test_the_version_is_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert __version__ == project["version"]

"""Extras: what is missing is said with the line to type."""

import tomllib

import pytest

from models.assets import extras
from models.errors import NotInstalledError
from tests.data import ROOT


def test_what_is_installed_is_not_asked_for() -> None:
    extras.require("numpy", "json")


def test_what_is_missing_is_said_with_the_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(NotInstalledError) as raised:
        extras.require("tensorflow")
    assert "needs facelatch[workshop]" in str(raised.value)
    assert "pip install 'facelatch[workshop]'" in raised.value.hint


@pytest.mark.parametrize(
    ("module", "extra"), [("keras.ops", "workshop"), ("matplotlib", "workshop"), ("flask", "web")]
)
def test_an_import_that_failed_names_its_extra(module: str, extra: str) -> None:
    said = extras.lacking(ModuleNotFoundError(f"No module named {module!r}", name=module))
    assert f"facelatch[{extra}]" in str(said)


@pytest.mark.parametrize("module", ["numpy", "daemon.nothing", None])
def test_another_import_that_failed_is_an_error_of_ours(module: str | None) -> None:
    assert extras.lacking(ModuleNotFoundError("No module named x", name=module)) is None


def test_every_extra_that_is_named_exists() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(extras.EXTRAS) <= set(declared["optional-dependencies"])

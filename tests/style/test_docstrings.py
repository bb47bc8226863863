"""A docstring says more than the name does, and the kinds that only please the linter are gone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data import ROOT

FILES = sorted(
    path for top in ("models", "enroll", "daemon") for path in (ROOT / top).rglob("*.py")
)
COMMANDS = ROOT / "daemon/clients/cli"
_SMALL_WORDS = {"a", "an", "the", "of", "to", "for", "in", "its", "it", "this", "one", "is"}
_TELLS = re.compile(r"[0-9`*\[(]")
"""Numbers, bounds, shapes and names of other things are something that a name does not say."""

_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _words(text: str) -> set[str]:
    """Words in lower case, without an s at the end: `closes` is `close`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return {word.lower().rstrip("s") for word in re.findall(r"[A-Za-z]+", apart)}


def _says_nothing(name: str, docstring: str) -> bool:
    if re.match(r"(See \S+\.$)|(Yes|No)\.", docstring):
        return True
    small = {word.rstrip("s") for word in _SMALL_WORDS}
    return not _TELLS.search(docstring) and not _words(docstring) - _words(name) - small


def _definitions(source: str) -> Iterator[_Definition]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, _Definition))


def _empty(source: str) -> list[str]:
    """Names of what has a docstring that says nothing."""
    return [
        one.name
        for one in _definitions(source)
        if (docstring := ast.get_docstring(one)) and _says_nothing(one.name, docstring)
    ]


@pytest.mark.parametrize("top", ["models", "enroll", "daemon"])
def test_docstrings_say_more_than_the_name(top: str) -> None:
    found = {
        f"{path.relative_to(ROOT)} {name}"
        for path in FILES
        if path.is_relative_to(ROOT / top)
        for name in _empty(path.read_text())
    }
    assert sorted(found) == []


@pytest.mark.parametrize("path", sorted(COMMANDS.rglob("*.py")), ids=lambda path: path.stem)
def test_functions_of_commands_have_a_docstring_but_for_configure(path: Path) -> None:
    """What the linter demands elsewhere: `configure` is explained once, in `cli/main.py`."""
    body = ast.parse(path.read_text()).body
    public = [one for one in body if isinstance(one, _Definition) and one.name[0] != "_"]
    missing = [one.name for one in public if not ast.get_docstring(one)]
    assert not set(missing) - {"configure"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('def begin():\n    """See Job."""\n', ["begin"]),
        ('def begin():\n    """See Job: what was seen is forgotten."""\n', []),
        ('def is_on():\n    """Yes."""\n', ["is_on"]),
        ('class LockedOut:\n    """Locked out."""\n', ["LockedOut"]),
        ('class C:\n    def close(self):\n        """Closes it."""\n', ["close"]),
        ('def close():\n    """Closes the camera."""\n', []),
        ('def share():\n    """In [0, 1]."""\n', []),
        ('def add_json():\n    """`--json`."""\n', []),
        ("def close():\n    pass\n", []),
    ],
)
def test_a_docstring_that_says_nothing_is_found(source: str, found: list[str]) -> None:
    assert _empty(source) == found

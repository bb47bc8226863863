"""No function, class or file is longer than a reader can hold: 40, 200 and 400 lines."""

import ast
from collections.abc import Iterator

import pytest

from tests.data import ROOT

LONGEST = {"function": 40, "class": 200, "file": 400}

# Only what somebody is splitting right now. A line goes with the commit that makes it untrue: what
# has become short enough fails as well.
BEING_SPLIT: frozenset[str] = frozenset()

FILES = sorted(
    path for top in ("models", "enroll", "daemon") for path in (ROOT / top).rglob("*.py")
)


def _too_long(source: str) -> Iterator[str]:
    """Names of what is too long, "" for the file itself."""
    if len(source.splitlines()) > LONGEST["file"]:
        yield ""
    yield from _parts(ast.parse(source), ())


def _parts(parent: ast.AST, names: tuple[str, ...]) -> Iterator[str]:
    for node in ast.iter_child_nodes(parent):
        inside = names
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = (*names, node.name)
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            if (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST[kind]:
                yield ".".join(inside)
        yield from _parts(node, inside)


def test_nothing_is_longer_than_a_reader_can_hold() -> None:
    found = {
        f"{path.relative_to(ROOT)} {name}".rstrip()
        for path in FILES
        for name in _too_long(path.read_text())
    }
    assert sorted(found - BEING_SPLIT) == []
    assert sorted(BEING_SPLIT - found) == [], "these are short enough: take them off the list"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f():\n" + "    f()\n" * 39, []),
        ("def f():\n" + "    f()\n" * 40, ["f"]),
        ("class C:\n    async def f():\n" + "        f()\n" * 40, ["C.f"]),
        ("class C:\n" + "    a = 1\n" * 199, []),
        ("class C:\n" + "    a = 1\n" * 200, ["C"]),
        ("if True:\n    def f():\n        def g():\n" + "            f()\n" * 40, ["f", "f.g"]),
        ("a = 1\n" * 400, []),
        ("a = 1\n" * 401, [""]),
    ],
)
def test_what_is_too_long_is_found(source: str, found: list[str]) -> None:
    assert list(_too_long(source)) == found

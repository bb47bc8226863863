"""No test sleeps: it waits for what shall happen, by `tests.waiting`, which says why where not."""

import ast

import pytest

from tests.data import ROOT

_HERE = "tests/waiting.py"
_ALONE = {
    "tests/camera/trial.py",
    "tests/camera/watch_nodes.py",
    "tests/machine/restarts.py",
    "tests/machine/terminal.py",
}
"""Programs that run in a machine, where no other module of the tests is."""


def sleeps(source: str) -> list[int]:
    """The lines in which `source` sleeps by the name of `time`."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) == "time.sleep")
        or (isinstance(node, ast.ImportFrom) and node.module == "time" and _takes_sleep(node))
    ]


def _takes_sleep(node: ast.ImportFrom) -> bool:
    return any(alias.name in ("sleep", "*") for alias in node.names)


def test_only_the_helpers_sleep() -> None:
    paths = (path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py"))
    others = sorted(path for path in paths if str(path) not in {_HERE, *_ALONE})
    found = [f"{path}:{line}" for path in others for line in sleeps((ROOT / path).read_text())]
    assert found == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import time\ntime.sleep(1)", [2]),
        ("from time import monotonic, sleep", [1]),
        ("pause = time.sleep", [1]),
        ("home.sleep(asleep=True)\nchild('time.sleep(60)')", []),
    ],
)
def test_a_sleep_is_found(source: str, expected: list[int]) -> None:
    assert sleeps(source) == expected

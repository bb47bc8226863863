"""What CI may try once more."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from tests.data import ROOT

_SCRIPT = runpy.run_path(str(ROOT / "scripts/lib/worth_another_try.py"))
failed_below = cast(Callable[[Path], list[str]], _SCRIPT["failed_below"])
worth_it = cast(Callable[[list[str]], bool], _SCRIPT["worth_it"])


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        (["tests/bus/test_life.py::test_one", "tests/ui/test_tray.py::test_two[a b]"], True),
        (["tests/bus/test_life.py::test_one", "tests/enroll/store/test_key.py::test_two"], False),
        ([f"tests/bus/test_life.py::test_{number}" for number in range(7)], False),
        (["tests/business.py::test_one"], False),
        ([], False),
    ],
)
def test_only_a_few_tests_that_drive_programs(failed: list[str], expected: bool) -> None:
    assert worth_it(failed) is expected


def test_what_failed_in_several_runs_is_found_once(tmp_path: Path) -> None:
    runs = {"parts": ["tests/models/test_a.py::one"], "programs": ["tests/bus/test_b.py::two"]}
    for run, names in {**runs, "again": runs["programs"]}.items():
        file = tmp_path / run / "v/cache/lastfailed"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(dict.fromkeys(names, True)))
    (tmp_path / "style").mkdir()
    assert failed_below(tmp_path) == ["tests/bus/test_b.py::two", "tests/models/test_a.py::one"]

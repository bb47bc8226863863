"""What CI may try once more."""

import runpy
from collections.abc import Callable
from typing import cast

import pytest

from tests.data import ROOT

_SCRIPT = runpy.run_path(str(ROOT / "scripts/lib/worth_another_try.py"))
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

"""The table of lock and login screens is what tests' outcomes say, and names tests that exist."""

import json
from pathlib import Path

import pytest

from tests.data import ROOT
from tests.machine.desktops import table

TESTS = json.loads(table.TRIED.read_text())


def test_the_page_has_the_table_as_it_is_written() -> None:
    text = table.PAGE.read_text()
    assert text == table.page(text, TESTS)


def test_what_was_tried_exists_and_belongs_to_a_row() -> None:
    for test in TESTS:
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text()
        assert any(table.names(row, test) for row in table.ROWS), test


def test_every_row_names_files_that_exist() -> None:
    assert all(Path(ROOT / file).is_file() for file in table.tests())


def test_a_test_that_failed_is_in_no_row() -> None:
    lock = "tests/machine/desktops/test_logins.py::test_enter_alone[x]"
    assert "| lightdm 1.2, May 2026 | `test_logins.py` |" in table.table(
        {lock: "lightdm 1.2, May 2026"}
    )
    assert "lightdm 1.2" not in table.table({})
    tested = sum(bool(row.tests) for row in table.ROWS)
    assert table.table({}).count("| not yet by this command |") == tested
    assert table.table({}).count("| not tried |") == len(table.ROWS) - tested


def test_only_what_ran_to_its_end_has_passed() -> None:
    recorder = table.Recorder()
    for name, when, outcome in (
        ("right", "setup", "passed"),
        ("right", "call", "passed"),
        ("interrupted", "setup", "passed"),
        ("untidy", "call", "passed"),
        ("untidy", "teardown", "failed"),
    ):
        recorder.pytest_runtest_logreport(
            pytest.TestReport(name, ("", 0, ""), {}, outcome, None, when)  # type: ignore[arg-type]
        )
    assert recorder._outcomes == {"right": True, "untidy": False}

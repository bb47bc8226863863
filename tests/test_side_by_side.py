"""Which tests may run in different processes."""

import pytest

from tests.side_by_side import unit


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("tests/models/test_zoo.py::test_a[b::c]", "tests/models/test_zoo.py"),
        ("tests/bus/test_life.py::test_a", "tests/bus/test_life.py::test_a"),
        ("tests/ui/test_tray.py::test_a[b]", "tests/ui/test_tray.py::test_a[b]"),
        ("tests/machine/test_pam.py::test_a", "tests/machine/"),
        ("tests/machine/desktops/test_tray.py::test_a", "tests/machine/"),
        (
            "tests/machine/test_packages.py::test_a[trixie]",
            "tests/machine/test_packages.py::[trixie]",
        ),
        ("tests/business/test_a.py::test_a", "tests/business/test_a.py"),
    ],
)
def test_what_shares_something_runs_in_one_process(nodeid: str, expected: str) -> None:
    assert unit(nodeid) == expected

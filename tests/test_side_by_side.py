"""Which tests may run in different processes."""

import pytest

from tests.side_by_side import AT_ONCE, chosen, unit, waits, wants_networks


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


_QUEUE = [
    "tests/machine/",
    "tests/machine/test_packages.py::[trixie]",
    "tests/models/test_a.py",
    "tests/bus/test_b.py::test_c",
]


def test_few_processes_wait_for_machines_while_there_is_anything_else() -> None:
    assert [name for name in _QUEUE if waits(name)] == _QUEUE[:2]
    assert chosen(_QUEUE, AT_ONCE - 1) == _QUEUE[0]
    assert chosen(_QUEUE, AT_ONCE) == _QUEUE[2]
    assert chosen(_QUEUE[:2], AT_ONCE) == _QUEUE[0]


def test_what_wants_networks_that_are_being_converted_comes_later() -> None:
    names = ["tests/models/test_a.py::test_a", "tests/style/test_a.py::test_b"]
    assert sorted(names, key=wants_networks) == names[::-1]

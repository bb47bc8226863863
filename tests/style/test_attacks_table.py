"""Each attack that `docs/security.md` names has its tests, and they are where it says."""

import re

import pytest

from tests.data import ROOT
from tests.style.definitions import definitions

_TEXT = (ROOT / "docs/security.md").read_text()
ROWS = [line for line in _TEXT.splitlines() if re.match(r"\| \d+\. ", line)]
_TEST = re.compile(r"`(tests/[\w/]+\.py)`((?: (?:`test_\w+`,? ?)+)?)")


def named(row: str) -> dict[str, list[str]]:
    """The files of a row, each with the tests that are named in it."""
    return {file: re.findall(r"test_\w+", names) for file, names in _TEST.findall(row)}


def test_there_are_ten() -> None:
    assert [int(row[2:].split(".")[0]) for row in ROWS] == list(range(1, 11))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:].split("|")[0].strip())
def test_what_is_named_is_there(row: str) -> None:
    found = named(row)
    assert sum(map(len, found.values())) > 0
    missing = [
        f"{file}::{name}"
        for file, names in found.items()
        for name in names
        if not (ROOT / file).is_file() or name not in definitions(ROOT / file)
    ]
    assert missing == []

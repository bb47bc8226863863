"""Ten questions that a newcomer asks: from the tree to a folder, from there to a file, no further.

The table is in CONTRIBUTING.md; here it is held against the code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.data import ROOT
from tests.style.definitions import definitions

_DEEPEST_FOLDER = 2
"""`daemon/unlocking`, say: what a listing of the repository shows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question and its two hops; `names` are what to read in the file."""

    question: str
    folder: str
    file: str
    names: tuple[str, ...]


def _rows(text: str) -> Iterator[Row]:
    """The rows of the table whose first cell is a question."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0].endswith("?"):
            question, folder, file, there = cells
            names = tuple(re.findall(r"`([\w.]+)`", there))
            yield Row(question, folder.strip("`"), file.strip("`"), names)


def _faults(row: Row) -> list[str]:
    """Why somebody who follows a row would not arrive."""
    folder, file = ROOT / row.folder, ROOT / row.folder / row.file
    faults = []
    if not folder.is_dir() or len(Path(row.folder).parts) > _DEEPEST_FOLDER:
        faults.append(f"{row.folder} is no folder of the tree's first two levels")
    if not file.is_file() or file.parent != folder:
        return [*faults, f"{row.file} is not in {row.folder}"]
    if not row.names:
        faults.append("nothing is named to be read there")
    missing = set(row.names) - definitions(file)
    return faults + [f"{name} is not defined in {row.file}" for name in sorted(missing)]


ROWS = list(_rows((ROOT / "CONTRIBUTING.md").read_text()))


def test_ten_questions_are_answered() -> None:
    assert len({row.question for row in ROWS}) == 10


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.question)
def test_the_answer_is_two_hops_away(row: Row) -> None:
    assert not _faults(row)


@pytest.mark.parametrize(
    "row",
    [
        Row("where?", "daemon/nowhere", "rules.py", ("may_unlock",)),
        Row("where?", "daemon/policy", "nowhere.py", ("may_unlock",)),
        Row("where?", "daemon", "policy/rules.py", ("may_unlock",)),
        Row("where?", "daemon/policy", "rules.py", ("may_do_anything",)),
        Row("where?", "daemon/policy", "rules.py", ()),
    ],
)
def test_a_way_that_does_not_arrive_is_noticed(row: Row) -> None:
    assert _faults(row)

"""Decisions are numbered entries of context, choice and cost, each in the file of its area."""

import re
from pathlib import Path

import pytest

from tests.data import ROOT

FOLDER = ROOT / "docs" / "decisions"
AREAS = sorted(file for file in FOLDER.glob("*.md") if file.name != "README.md")
_PARTS = ["Context", "Choice", "Cost"]


def _faults(text: str) -> list[str]:
    """What is wrong with an area's entries."""
    entries = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    faults = [] if entries else ["no entry"]
    for number, entry in enumerate(entries, start=1):
        title = entry.partition("\n")[0]
        if not title.startswith(f"{number}. "):
            faults.append(f"{title}: is number {number}")
        if re.findall(r"^\*\*(\w+)\.\*\* \S", entry, re.MULTILINE) != _PARTS:
            faults.append(f"{title}: not context, choice, cost, each a paragraph")
    return faults


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.stem)
def test_every_entry_has_its_number_and_parts(area: Path) -> None:
    assert not _faults(area.read_text())


def test_every_area_is_in_the_table() -> None:
    linked = re.findall(
        r"^\| \[\w+\]\((\w+\.md)\)", (FOLDER / "README.md").read_text(), re.MULTILINE
    )
    assert sorted(linked) == [area.name for area in AREAS]


@pytest.mark.parametrize(
    "text",
    [
        "# Area\n",
        "# Area\n\n## 2. Title\n\n**Context.** a\n\n**Choice.** b\n\n**Cost.** c\n",
        "# Area\n\n## 1. Title\n\n**Context.** a\n\n**Choice.** b\n",
        "# Area\n\n## 1. Title\n\n**Choice.** b\n\n**Context.** a\n\n**Cost.** c\n",
    ],
)
def test_what_is_missing_is_noticed(text: str) -> None:
    assert _faults(text)

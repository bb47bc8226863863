"""The steps of `docs/architecture.md` are where the page says: each file defines what it names."""

import re

import pytest

from tests.data import ROOT
from tests.style.definitions import definitions

_JOURNEYS = (
    "From a frame to an unlock",
    "From a call on the bus to its answer",
    "From an enrolment to a file",
    "From an idle session to a lock",
    "Suspend",
)
_PAGE = (ROOT / "docs/architecture.md").read_text()
_IN_BACKTICKS = re.compile(r"`([^`\s]+)`")
_FILE = re.compile(r"(?:models|enroll|daemon)/[\w/]+\.py")
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)?")


def _steps(heading: str) -> list[str]:
    """The numbered steps below a heading."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", _PAGE, re.MULTILINE | re.DOTALL)
    return re.split(r"^\d+\. ", section[1], flags=re.MULTILINE)[1:] if section else []


def _faults(step: str) -> list[str]:
    """Names that do not stand in the file that is named before them."""
    faults, known = [], None
    for found in _IN_BACKTICKS.findall(step):
        if _FILE.fullmatch(found):
            file = ROOT / found
            known = (found, definitions(file)) if file.is_file() else (found, set[str]())
            if not file.is_file():
                faults.append(f"there is no {found}")
        elif known and _NAME.fullmatch(found) and found not in known[1]:
            faults.append(f"{found} is not defined in {known[0]}")
    return faults


@pytest.mark.parametrize("heading", _JOURNEYS)
def test_every_step_is_where_the_page_says(heading: str) -> None:
    steps = _steps(heading)
    assert len(steps) >= 5
    assert not [fault for step in steps for fault in _faults(step)]


@pytest.mark.parametrize(
    "step",
    [
        "`daemon/policy/nowhere.py` `may_unlock`",
        "`daemon/policy/rules.py` `may_do_anything`",
        "`daemon/policy/lockout.py` `LockoutLedger.no_such_method`",
    ],
)
def test_a_step_that_is_not_there_is_noticed(step: str) -> None:
    assert _faults(step)

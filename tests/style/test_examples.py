"""What the documents show people to type keeps to what they promise."""

import re
from pathlib import Path

import pytest

from tests.data import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_HOOK = re.compile(r"--hook\s+(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_UNLOCKS = re.compile(r"unlock|swaylock|SIGUSR1|loginctl", re.IGNORECASE)


def hooks(text: str) -> list[str]:
    """The commands that a text gives to `--hook`."""
    return ["".join(found) for found in _HOOK.findall(text)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_example_of_a_hook_unlocks(document: Path) -> None:
    """The foreground counts no attempts and knows no lockout: a hook would go round both."""
    text = document.read_text()
    assert [one for one in hooks(text) if _UNLOCKS.search(one)] == []


def test_an_example_that_does_would_be_found() -> None:
    shown = hooks('facelatch watch --hook "loginctl unlock-session 2"    # as it once was')
    assert shown == ["loginctl unlock-session 2"]
    assert _UNLOCKS.search(shown[0])


def test_there_is_an_example() -> None:
    assert any(hooks(document.read_text()) for document in DOCUMENTS)

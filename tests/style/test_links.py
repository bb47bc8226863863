"""What the documents, and the comments that name them, point at is there."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data import ROOT

_TOP = ("models", "enroll", "daemon", "tests", "systemd", "scripts", "docs", ".ci")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_PATH = re.compile(rf"`((?:{'|'.join(map(re.escape, _TOP))})/[\w./-]+)`")
_DOTTED = re.compile(r"`((?:models|enroll|daemon|tests)(?:\.\w+)+)(?:\(\))?`")
_NAMED = re.compile(r"(?<![\w/.~-])docs/[\w/-]+(?:\.[a-z]+)?")
_BARE = re.compile(r"\bdecisions\.md\b|\bthe design\b", re.IGNORECASE)


def _files(*patterns: str) -> list[Path]:
    """The files of the repository, without what git ignores."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout of git")
    return [ROOT / name for name in listed.stdout.split("\n") if name and (ROOT / name).exists()]


def _documents() -> list[Path]:
    return _files("*.md")


def _anchors(document: Path) -> set[str]:
    """What can be linked to, as GitHub makes it from headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", document.read_text()), re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", heading).strip().lower() for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def _dead_links(document: Path, text: str) -> Iterator[str]:
    for target in _LINK.findall(_FENCE.sub("", text)):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        file = (document.parent / name) if name else document
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            yield target


def _dead_paths(text: str) -> Iterator[str]:
    for path in _PATH.findall(_FENCE.sub("", text)):
        if not (ROOT / path).exists():
            yield path


def _is_there(dotted: str) -> bool:
    """Whether a module, or a name that stands in one, is in the tree. Nothing is imported."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        folder = ROOT.joinpath(*parts[:length])
        file = next(filter(Path.is_file, (folder.with_suffix(".py"), folder / "__init__.py")), None)
        if file is not None:
            text = file.read_text()
            return all(re.search(rf"\b{name}\b", text) for name in parts[length:])
    return False


def test_links_of_documents_lead_somewhere() -> None:
    dead = {
        str(document.relative_to(ROOT)): found
        for document in _documents()
        if (found := list(_dead_links(document, document.read_text())))
    }
    assert not dead


def test_paths_that_documents_name_exist() -> None:
    dead = {
        str(document.relative_to(ROOT)): found
        for document in _documents()
        if (found := list(_dead_paths(document.read_text())))
    }
    assert not dead


def test_documents_that_the_code_names_exist() -> None:
    """Here and in scripts, units and settings; the files of `docs/` have the test above."""
    dead: dict[str, list[str]] = {}
    for file in _files("*.py", "*.toml", "*.md", "scripts", "systemd", ".ci"):
        if file == Path(__file__):
            continue  # it holds what it looks for
        text = _FENCE.sub("", file.read_text()) if file.suffix == ".md" else file.read_text()
        found = [name for name in _NAMED.findall(text) if not (ROOT / name).exists()]
        found += _BARE.findall(text) if file.suffix == ".py" else []
        if found:
            dead[str(file.relative_to(ROOT))] = found
    assert not dead


def test_modules_that_documents_and_comments_name_exist() -> None:
    dead: dict[str, list[str]] = {}
    for file in _files("*.py", "*.toml", "*.md", "scripts", "systemd"):
        found = [name for name in _DOTTED.findall(file.read_text()) if not _is_there(name)]
        if found:
            dead[str(file.relative_to(ROOT))] = found
    assert not dead


@pytest.mark.parametrize(
    "text",
    ["[one](nowhere.md)", "![two](docs/nothing.png)", "[three](README.md#no-such-heading)"],
)
def test_a_dead_link_is_noticed(text: str) -> None:
    assert list(_dead_links(ROOT / "README.md", text))


def test_a_link_that_leads_somewhere_is_let_be() -> None:
    text = "[one](docs/glossary.md), [two](#limits), [three](https://example.org/none)"
    assert not list(_dead_links(ROOT / "README.md", text))


def test_a_path_that_is_not_there_is_noticed() -> None:
    assert list(_dead_paths("`models/alignment.py` and `daemon/guard.py`")) == ["daemon/guard.py"]


@pytest.mark.parametrize(
    ("dotted", "expected"),
    [
        ("daemon.policy", True),
        ("daemon.policy.rules.may_unlock", True),
        ("daemon.policy.rules.may_do_anything", False),
        ("daemon.guard", False),
    ],
)
def test_a_module_that_is_not_there_is_noticed(dotted: str, expected: bool) -> None:
    assert _is_there(dotted) is expected

"""What a person reads: every text is translated, in every language there is."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

from daemon.clients import i18n
from tests.data import ROOT

LANGUAGES = sorted(path.stem for path in i18n.LOCALE.glob("*.po"))
PO = """\
msgid ""
msgstr "Plural-Forms: nplurals=2; plural=(n != 1);\\n"

# a remark
msgid "Re"
"ady"
msgstr "Ber"
"eit"

msgid "{count} time"
msgid_plural "{count} times"
msgstr[0] "{count} Mal"
msgstr[1] "{count} Male"

#, fuzzy
msgid "Doubtful"
msgstr "Zweifelhaft"

msgid "Open"
msgstr ""
"""


def _messages(path: Path) -> Iterator[tuple[str, str]]:
    """Texts in a module that are translated, each with its plural."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id in ("_", "several"):
            count = 1 if node.func.id == "_" else 2
            found = [one.value for one in node.args[:count] if isinstance(one, ast.Constant)]
            assert len(found) == count, f"{path}:{node.lineno}: only a literal can be translated"
            yield str(found[0]), str(found[1]) if count == 2 else ""


def messages() -> dict[str, str]:
    """All texts of the clients, and their plurals."""
    found: dict[str, str] = {}
    for path in (ROOT / "daemon/clients").rglob("*.py"):
        if path.name != "texts.py":
            found |= dict(_messages(path))
    return found


def entries(language: str) -> dict[str, polib.POEntry]:
    """By the text in the code."""
    catalogue = polib.pofile(str(i18n.LOCALE / f"{language}.po"), check_for_duplicates=True)
    return {entry.msgid: entry for entry in catalogue if not entry.obsolete}


def forms(entry: polib.POEntry) -> list[str]:
    """The translation, or one for each number."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_is_a_language_beside_english() -> None:
    assert "de" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated_and_nothing_else(language: str) -> None:
    there = entries(language)
    wanted = messages()
    assert sorted(set(wanted) - set(there)) == []
    assert sorted(set(there) - set(wanted)) == []
    assert {one: entry.msgid_plural for one, entry in there.items()} == wanted
    assert [one for one, entry in there.items() if entry.fuzzy or not all(forms(entry))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_agree(language: str) -> None:
    for one, entry in entries(language).items():
        for form in forms(entry):
            # The form for one thing may do without the number.
            assert placeholders(form) <= placeholders(one) | placeholders(entry.msgid_plural), one
            missing = placeholders(entry.msgid_plural or one) - placeholders(form)
            assert missing <= ({"count"} if entry.msgid_plural else set()), one


def test_a_catalogue_is_read_as_gettext_would(tmp_path: Path) -> None:
    (tmp_path / "xx.po").write_text(PO)
    found = i18n.compiled(tmp_path / "xx.po")
    assert found.gettext("Ready") == "Bereit"
    assert found.ngettext("{count} time", "{count} times", 1) == "{count} Mal"
    assert found.ngettext("{count} time", "{count} times", 5) == "{count} Male"
    assert found.gettext("Doubtful") == "Doubtful"
    assert found.gettext("Open") == "Open"


@pytest.mark.parametrize(
    "text", ['"lost"', 'msgid "x" "y"\nmsgstr "z"', 'msgid "x"\nmsgtext "y"', "\xff"]
)
def test_what_is_no_catalogue_is_english(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    (tmp_path / "xx.po").write_text(text, encoding="latin-1")
    assert i18n.load("xx") is None


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "de_AT.UTF-8"}, ["de_AT", "de"]),
        ({"LANG": "de_DE@euro", "LC_ALL": "fr_FR.UTF-8"}, ["fr_FR", "fr"]),
        ({"LANGUAGE": "nl:de", "LANG": "en_GB"}, ["nl", "de"]),
        ({}, []),
    ],
)
def test_the_language_is_that_of_the_session(
    variables: dict[str, str], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert i18n.languages() == expected


@pytest.mark.parametrize("language", ["../../etc/passwd", "xx", "", "de/../de"])
def test_a_language_that_is_not_there_is_english(language: str) -> None:
    assert i18n.load(language) is None

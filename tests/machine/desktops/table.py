"""The table of lock and login screens in docs/desktops.md, of what the tests have tried.

`scripts/desktops-table` runs the tests that the rows name, with this as a plugin of pytest. What
passed is kept with the version that it was tried with, what failed is taken out, and the table is
written anew; a row without a test that passed says so.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.data import ROOT

PAGE = ROOT / "docs/desktops.md"
TRIED = Path(__file__).with_name("tried.json")
BEGIN = "<!-- written by scripts/desktops-table -->\n"
END = "<!-- end of what it writes -->\n"
_TIER = "tests/machine/desktops"
_SHELL = ("tests/bus/test_lock_shell.py",)
_HEAD = """\
| screen | told that it is locked by | a person reads there | tried | by |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One screen: its name, Debian's package ("" for a stand-in), how the service is told of it,
    what a person reads where it asks for a face itself, and the beginnings of its tests' names.
    """

    name: str
    package: str
    told: str
    read: str
    tests: tuple[str, ...]


def _both(lock: str, prompt: str) -> tuple[str, ...]:
    return (f"{_TIER}/test_lock_screens.py::*[{lock}]", f"{_TIER}/{prompt}")


_NOTHING = "nothing, but `xss-lock` where it runs"
_SESSION_PROMPTS = "test_session_prompts.py::*"
ROWS = (
    Row(
        "GNOME",
        "gnome-shell",
        "logind's LockedHint",
        "the line, looking, why not",
        _both("gnome", f"{_SESSION_PROMPTS}[gnome]"),
    ),
    Row(
        "Plasma",
        "libkscreenlocker5",
        "logind's LockedHint",
        "the line, looking, why not",
        _both("plasma", "test_prompts.py::*[kde]"),
    ),
    Row(
        "swaylock",
        "swaylock",
        "`loginctl lock-session` of swayidle",
        "nothing: its ring says that it verifies, or was wrong",
        _both("sway", "test_prompts.py::*[swaylock]"),
    ),
    Row(
        "MATE",
        "mate-screensaver",
        "the agent",
        "the line, looking",
        (f"{_TIER}/test_displays.py::*[mate]", f"{_TIER}/{_SESSION_PROMPTS}[mate]"),
    ),
    Row(
        "Cinnamon",
        "cinnamon-screensaver",
        "the agent",
        "nothing: it takes no line of PAM's beside its prompt",
        (f"{_TIER}/test_cinnamon.py",),
    ),
    Row("Xfce", "", "the agent", "", ("tests/bus/test_lockers.py",)),
    Row(
        "shells that ask PAM themselves: Quickshell, hyprlock, gtklock, COSMIC",
        "",
        "logind, or their own conversation `facelatch-lock`",
        "what they draw of the codes",
        _SHELL,
    ),
    Row(
        "LightDM",
        "lightdm-gtk-greeter",
        "its session of class greeter",
        "the line, looking; why not is replaced at once",
        (f"{_TIER}/test_logins.py",),
    ),
    Row(
        "GDM's login screen",
        "gdm3",
        "its session of class greeter",
        "the line, looking; after a no GDM's own words",
        (f"{_TIER}/test_login_screens.py::*[gdm]",),
    ),
    Row(
        "SDDM",
        "sddm",
        "its session of class greeter",
        'nothing, after a no "Login failed"',
        (f"{_TIER}/test_login_screens.py::*[sddm]",),
    ),
    Row(
        "greetd",
        "greetd",
        "its session of class greeter",
        "what its greeter draws of the line, looking, why not",
        (f"{_TIER}/test_greetd.py",),
    ),
    Row("i3lock", "i3lock", _NOTHING, "nothing", (f"{_TIER}/test_prompts.py::*[i3lock]",)),
    Row(
        "XScreenSaver",
        "xscreensaver",
        _NOTHING,
        "nothing",
        (f"{_TIER}/test_prompts.py::*[xscreensaver]",),
    ),
    Row(
        "physlock",
        "physlock",
        "nothing; on a terminal of its own it has no face either",
        "the line, why not",
        (f"{_TIER}/test_physlock.py",),
    ),
)


def names(row: Row, test: str) -> bool:
    """Whether the row names this test of pytest's."""
    return any(re.fullmatch(re.escape(one).replace(r"\*", ".*") + ".*", test) for one in row.tests)


def table(tried: Mapping[str, str]) -> str:
    """The whole table; `tried` says for each test that passed with what."""
    return _HEAD + "".join(_line(row, tried) for row in ROWS)


def page(text: str, tried: Mapping[str, str]) -> str:
    """The page with the table in its place."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table(tried) + END + rest.partition(END)[2]


def _line(row: Row, tried: Mapping[str, str]) -> str:
    passed = {test: what for test, what in tried.items() if names(row, test)}
    none = "not yet by this command" if row.tests else "not tried"
    what = ", ".join(sorted(set(passed.values()))) or none
    files = sorted({Path(test.partition("::")[0]).name for test in passed})
    by = ", ".join(f"`{file}`" for file in files)
    return f"| {row.name} | {row.told} | {row.read} | {what} | {by} |\n"


def _version(package: str) -> str:
    """Debian's, of the newest machine that has it."""
    statuses = (ROOT / ".cache/machine").glob("*/var/lib/dpkg/status")
    for status in sorted(statuses, key=lambda path: path.stat().st_mtime, reverse=True):
        found = re.search(
            rf"^Package: {re.escape(package)}\n(?:.+\n)*?Version: (?:\d+:)?([\d.]+)",
            status.read_text("utf-8", "replace"),
            re.MULTILINE,
        )
        if found:
            return found[1].rstrip(".")
    return ""


class Recorder:
    """Keeps what passed of this run, and writes the page in the end."""

    def __init__(self) -> None:
        self._outcomes: dict[str, bool] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that fails anywhere has not passed; one that is skipped, or interrupted, says
        nothing.
        """
        if report.failed:
            self._outcomes[report.nodeid] = False
        elif report.passed and report.when == "call":
            self._outcomes[report.nodeid] = True

    def pytest_sessionfinish(self) -> None:
        """The page, and what it is made of."""
        tried: dict[str, str] = json.loads(TRIED.read_text())
        for test, passed in self._outcomes.items():
            tried.pop(test, None)
            row = next((row for row in ROWS if names(row, test)), None)
            if row is not None and passed:
                tried[test] = _with(row)
        TRIED.write_text(json.dumps(tried, indent=1, sort_keys=True) + "\n")
        PAGE.write_text(page(PAGE.read_text(), tried))


def _with(row: Row) -> str:
    if not row.package:
        return "a stand-in"
    return f"{row.package} {_version(row.package)}, {datetime.now(UTC):%B %Y}"


def tests() -> Iterator[str]:
    """The files of all rows."""
    yield from sorted({test.partition("::")[0] for row in ROWS for test in row.tests})


def pytest_configure(config: pytest.Config) -> None:
    """As a plugin: `-p tests.machine.desktops.table`."""
    config.pluginmanager.register(Recorder())

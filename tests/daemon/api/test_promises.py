"""Every word of the contract is produced by something: none is promised in vain."""

import ast
from collections.abc import Iterator
from dataclasses import fields as fields_of
from enum import StrEnum
from pathlib import Path

import pytest

from daemon import api
from daemon.api import INTERFACE, Error, Event, Outcome, Progress, Reason, State, Verdict
from daemon.api import fields as tables
from daemon.state.history import Entry
from tests.data import ROOT

ANNOUNCED: frozenset[Reason] = frozenset()
"""Words that are promised for what is being built."""

DAEMON = ROOT / "daemon"
SERVICE = [
    path
    for path in sorted(DAEMON.rglob("*.py"))
    if path.relative_to(DAEMON).parts[0] not in ("api", "clients", "install", "speech")
]


def _produced(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes whose value may reach a client: neither compared with, nor keys of a translation."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Compare):
            continue
        if isinstance(node, ast.Dict) and all(_is_word(value) for value in node.values):
            parts: list[ast.AST] = list(node.values)
        else:
            parts = [node]
        for part in parts:
            yield part
            yield from _produced(part)


def _is_word(node: ast.AST) -> bool:
    """A member of an enumeration or a string, as a table of words has them."""
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.attr.isupper()
    return isinstance(node, ast.Constant)


def _members(kind: type[StrEnum]) -> set[str]:
    """Names of the members that the service produces."""
    found = set()
    for path in SERVICE:
        for node in _produced(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found |= {node.attr} if node.value.id == kind.__name__ else set()
    return found


def _strings(*modules: str) -> set[str]:
    """String constants of modules of the daemon."""
    return {
        node.value
        for module in modules
        for node in ast.walk(ast.parse((DAEMON / module).read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize("kind", [Error, Reason, State, Progress, Verdict, Outcome, Event])
def test_every_word_is_produced(kind: type[StrEnum]) -> None:
    produced = _members(kind)
    missing = [one for one in kind if one.name not in produced and one not in ANNOUNCED]
    assert missing == []


def test_what_is_announced_only_is_produced_by_nothing_yet() -> None:
    assert {one.name for one in ANNOUNCED} & _members(Reason) == set()


_BOUNDS = ("LONGEST", "SHORTEST", "MOST")

PRODUCERS: dict[str, tuple[str, ...]] = {
    "VERIFY_OPTIONS": ("verification/manager.py", "state/request_registry.py"),
    "VERIFY_PROGRESS": ("verification/manager.py",),
    "VERIFY_RESULT": ("verification/manager.py",),
    "ENROL_OPTIONS": (
        "enrolment/manager.py",
        "state/request_registry.py",
        "server/handlers/enrol.py",
    ),
    "ENROL_GUIDANCE": ("enrolment/manager.py",),
    "ENROL_RESULT": ("enrolment/manager.py",),
    "APPEARANCE": ("server/handlers/templates.py",),
    "CAMERA": ("server/handlers/cameras.py",),
    "SESSION": ("server/status.py",),
    "STATUS": ("server/status.py", "server/handlers/verify.py"),
    "HISTORY_OPTIONS": ("server/handlers/verify.py",),
    "EVENT": (
        "state/attempt_ledger.py",
        "unlocking/unlocker.py",
        "server/handlers/settings.py",
        "state/camera_offers.py",
        "unlocking/watches.py",
        "unlocking/leaving.py",
        "unlocking/published.py",
        "unlocking/switching.py",
    ),
    "USE": ("server/handlers/reports.py",),
}


@pytest.mark.parametrize("table", PRODUCERS)
def test_every_key_is_sent_or_read(table: str) -> None:
    keys: api.Keys = getattr(tables, table)
    assert keys.keys() - _strings(*PRODUCERS[table]) == set()


def test_every_table_of_keys_has_its_producer() -> None:
    """The keys of a decision are the fields of what is kept of it."""
    named = {name for name in vars(tables) if name.isupper() and not name.startswith(_BOUNDS)}
    assert named == {*PRODUCERS, "DECISION"}
    assert tables.DECISION.keys() == {field.name for field in fields_of(Entry)}


def test_every_method_is_answered_and_every_signal_sent() -> None:
    dispatched = _strings("server/handlers/dispatch.py")
    assert {method.name for method in INTERFACE.methods} - dispatched == set()
    sent = _strings("verification/manager.py", "enrolment/manager.py", "server/subscribers.py")
    assert {signal.name for signal in INTERFACE.signals} - sent == set()


def test_the_service_is_found() -> None:
    assert DAEMON / "app.py" in SERVICE
    assert Path(DAEMON / "policy" / "denials.py") in SERVICE

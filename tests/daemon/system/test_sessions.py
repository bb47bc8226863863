"""Locks of sessions as they are hinted and signalled, and what is told of them."""

from dataclasses import replace

from daemon.system.sessions import Change, LogindEvent, SessionTable
from tests.daemon.sessions import LOCKED as SESSION

OPEN = replace(SESSION, locked=False)
LOCKED = replace(SESSION, locked=True)


def _table() -> tuple[SessionTable, list[LogindEvent]]:
    told: list[LogindEvent] = []
    return SessionTable(told.append), told


def _changes(told: list[LogindEvent]) -> list[Change]:
    return [event.change for event in told]


def test_a_hint_tells_of_a_lock_and_of_its_end() -> None:
    table, told = _table()
    for session in (OPEN, OPEN, LOCKED, OPEN):
        table.store(session)
    assert _changes(told) == [Change.APPEARED, Change.LOCKED, Change.UNLOCKED]


def test_a_locker_that_sets_no_hint_has_locked_from_its_signal_on() -> None:
    table, told = _table()
    table.store(OPEN)
    assert table.lock_signalled(SESSION.path)
    assert table.store(OPEN).locked
    assert table.store(OPEN).locked
    table.unlock_signalled(SESSION.path)
    assert _changes(told) == [Change.APPEARED, Change.LOCKED, Change.UNLOCKED]


def test_each_signal_is_a_new_lock() -> None:
    """Who unlocked with the password, and locked again, of neither of which anybody heard."""
    table, told = _table()
    table.store(OPEN)
    for _ in range(2):
        table.lock_signalled(SESSION.path)
        table.store(OPEN)
        table.store(replace(OPEN, idle=not OPEN.idle))
    assert _changes(told) == [
        Change.APPEARED,
        Change.LOCKED,
        Change.UPDATED,
        Change.LOCKED,
        Change.UPDATED,
    ]
    table.lock_signalled(SESSION.path)
    table.unlock_signalled(SESSION.path)
    assert _changes(told)[-1] is Change.UNLOCKED
    table.store(OPEN)
    assert not any(session.locked for session in table.all)


def test_a_hint_that_ends_ends_what_was_signalled() -> None:
    table, _ = _table()
    table.store(OPEN)
    table.lock_signalled(SESSION.path)
    table.store(LOCKED)
    assert not table.store(OPEN).locked


def test_a_hint_that_was_away_for_a_moment_was_two_locks() -> None:
    table, told = _table()
    table.store(LOCKED)
    table.hint_cleared(SESSION.path)
    table.store(LOCKED)
    assert _changes(told) == [Change.APPEARED, Change.UNLOCKED, Change.LOCKED]
    table.hint_cleared("/another")
    assert _changes(told)[-1] is Change.LOCKED


def test_no_hint_to_clear_leaves_what_was_signalled() -> None:
    table, told = _table()
    table.store(OPEN)
    table.lock_signalled(SESSION.path)
    table.store(OPEN)
    table.hint_cleared(SESSION.path)
    assert _changes(told) == [Change.APPEARED, Change.LOCKED]
    assert table.all[0].locked


def test_an_unlock_of_which_nobody_hears_leaves_a_hint_alone() -> None:
    table, _ = _table()
    table.store(LOCKED)
    table.unlocked_silently(SESSION.id)
    assert [session.locked for session in table.all] == [True]
    table.drop(SESSION.path)
    table.store(OPEN)
    table.lock_signalled(SESSION.path)
    table.store(OPEN)
    table.unlocked_silently(SESSION.id)
    assert [session.locked for session in table.all] == [False]


def test_a_session_that_has_gone_is_told_once_and_nothing_of_it_is_kept() -> None:
    table, told = _table()
    table.store(OPEN)
    table.lock_signalled(SESSION.path)
    table.drop(SESSION.path)
    table.drop(SESSION.path)
    assert not table.lock_signalled(SESSION.path)
    assert not table.store(OPEN).locked
    assert _changes(told) == [Change.APPEARED, Change.GONE, Change.APPEARED]

"""Pauses belong to who set them, and outlast a restart."""

import asyncio
from pathlib import Path

import pytest

from daemon.api import LONGEST_PAUSE_SECONDS, UNTIL_RESUMED
from daemon.state.pause import Pause
from daemon.state.pauses import Pauses
from models.errors import UsageError
from tests.daemon.state.service import Service

ADA, BOB, ROOT = 1000, 1001, 0


def test_nobody_ends_what_another_set_but_root() -> None:
    pauses = Pauses()
    pauses.set(ADA, UNTIL_RESUMED)
    pauses.set(BOB, 5000)
    assert not pauses.end(BOB)
    assert pauses.until == UNTIL_RESUMED
    pauses.set(BOB, 1)
    assert pauses.until == UNTIL_RESUMED
    assert pauses.end(ROOT)
    assert pauses.until == 0


def test_the_last_of_all_counts() -> None:
    pauses = Pauses()
    pauses.set(ADA, 5000)
    pauses.set(BOB, 7000)
    assert (pauses.until, pauses.timed) == (7000, {ADA: 5000, BOB: 7000})
    pauses.over(BOB)
    assert pauses.until == 5000
    assert pauses.end(ADA)


def test_a_restart_keeps_what_is_not_over() -> None:
    pauses = Pauses()
    pauses.set(ADA, UNTIL_RESUMED)
    pauses.set(BOB, 5000)
    again, problem = Pauses.restore(pauses.to_dict(), 5000.0)
    assert (again.to_dict()["users"], problem) == ({"1000": UNTIL_RESUMED}, "")
    # The clock was set back.
    early, _ = Pauses.restore({"version": 1, "users": {"1001": 10**9}}, 100.0)
    assert early.until == 100 + LONGEST_PAUSE_SECONDS


@pytest.mark.parametrize(
    "data",
    [
        "x",
        {"version": 2, "users": {}},
        {"version": 1, "users": []},
        {"version": 1, "users": {"ada": -1}},
        {"version": 1, "users": {"-1": -1}},
        {"version": 1, "users": {"4294967295": -1}},
        {"version": 1, "users": {"1000": "-1"}},
        {"version": 1, "users": {"1000": True}},
        {"version": 1, "users": {"1000": -2}},
        {"version": 1, "users": {str(uid): -1 for uid in range(257)}},
    ],
)
def test_a_damaged_record_is_a_pause_that_root_ends(data: object) -> None:
    pauses, problem = Pauses.restore(data, 0.0)
    assert "damaged" in problem
    assert not pauses.end(ADA)
    assert pauses.until == UNTIL_RESUMED
    assert pauses.end(ROOT)


def test_there_is_an_end_of_users() -> None:
    pauses = Pauses()
    for uid in range(256):
        pauses.set(uid + 1, 5000)
    with pytest.raises(UsageError):
        pauses.set(ADA, 5000)


def test_a_service_that_is_started_again_is_paused_from_the_beginning(tmp_path: Path) -> None:
    async def before() -> None:
        service = Service(tmp_path)
        Pause(service.context).set(ADA, UNTIL_RESUMED)
        await service.context.records.pauses_kept()

    async def after() -> None:
        service = Service(tmp_path)
        pause = Pause(service.context)
        assert service.context.machine.paused
        assert not pause.end(BOB)
        assert service.context.machine.paused
        assert pause.end(ADA)
        assert not service.context.machine.paused

    asyncio.run(before())
    asyncio.run(after())

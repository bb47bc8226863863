"""Lockers that tell nobody: found by the kernel's word, of the agent's own session alone."""

import asyncio
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from daemon.clients.agent.locker_processes import LockerProcesses

NAME = "flocktest"
PATIENCE = 60.0
Heard = asyncio.Queue[bool]


@pytest.fixture
def start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], "subprocess.Popen[bytes]"]]:
    """Starts a locker in a session."""
    program = tmp_path / NAME
    shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    started: list[subprocess.Popen[bytes]] = []

    def run(session: str) -> "subprocess.Popen[bytes]":
        environment = {"XDG_SESSION_ID": session} if session else {}
        started.append(subprocess.Popen([program, "600"], env=environment))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()


def _followed(story: Callable[[Heard], Awaitable[None]], session: str = "3") -> list[bool]:
    """Plays a story beside what follows; what was told and not heard in it."""

    async def play() -> list[bool]:
        heard: Heard = asyncio.Queue()
        lockers = LockerProcesses(session, heard.put, programs=[NAME], looks=(0.05,) * 200)
        following = asyncio.ensure_future(lockers.run())
        await asyncio.wait_for(story(heard), PATIENCE)
        following.cancel()
        await asyncio.wait([following])
        return [heard.get_nowait() for _ in range(heard.qsize())]

    return asyncio.run(play())


Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.mark.parametrize("session", ["3", ""])
def test_its_start_and_its_end_are_told(start: Start, session: str) -> None:
    async def story(heard: Heard) -> None:
        # The watch is there with the first turn of what follows.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for _ in range(2):
            locker = start(session)
            assert await heard.get()
            locker.kill()
            assert not await heard.get()
            locker.wait()

    assert _followed(story) == []


def test_one_that_runs_already_is_found(start: Start) -> None:
    locker = start("3")

    async def story(heard: Heard) -> None:
        assert await heard.get()
        locker.kill()
        assert not await heard.get()

    while NAME not in Path(f"/proc/{locker.pid}/comm").read_text():
        pass
    assert _followed(story) == []


def test_that_of_another_session_is_not_ours(start: Start) -> None:
    async def story(heard: Heard) -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        start("7")
        own = start("3")
        assert await heard.get()
        own.kill()
        # The other one still runs.
        assert not await heard.get()

    assert _followed(story) == []


def test_without_such_a_locker_nothing_is_followed() -> None:
    async def hint(_locked: bool) -> None:
        pytest.fail("told of a lock")

    asyncio.run(LockerProcesses("3", hint, programs=["no-such-locker"]).run())

"""Each process killed at each moment of an attempt: no unlock without a verdict, and all come back.

Their end is the kernel's, in the middle of a line; what starts them again stands in for systemd.
"""

import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from dbus_fast import Variant

from tests.bus.moments import FOLDER
from tests.bus.starting import Process, start_python
from tests.bus.test_life import status
from tests.bus.world import Home, World, eventually

MOMENTS = ("opening", "frame", "matched", "asking", "unlocking", "answering", "unlocked")
"""Before the camera opens; its first frame; after the match, before an unlock is asked for; the
unlocker has asked logind; is about to have it unlock; has had; the service has heard so."""
BEFORE_A_VERDICT = ("opening", "frame")
AFTER_IT_ASKED = ("asking", "unlocking", "answering", "unlocked")
TIMED = "unlocked"
"""Here all start in an interpreter of their own, and the figure has all that a start costs."""


class Moment:
    """In the test: one moment of all that the daemons of `world` pass through."""

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self._folder = world.folder / "moments"
        self._folder.mkdir()
        os.mkfifo(self._folder / "pipe")
        # Open at both ends, so that nobody waits for somebody to open it.
        self._pipe = os.open(self._folder / "pipe", os.O_RDWR)
        (self._folder / "held-at").write_text(name)
        world.environment[FOLDER] = str(self._folder)

    def wait(self) -> None:
        """Until a process is held at it."""
        eventually((self._folder / "reached").exists, "the moment")

    def over(self) -> None:
        """Whoever is held goes on, and nobody is held any more."""
        (self._folder / "held-at").unlink()
        os.write(self._pipe, b"x" * 64)

    def close(self) -> None:
        """Ends it."""
        os.close(self._pipe)


@pytest.fixture
def held(home: Home, request: pytest.FixtureRequest) -> Iterator[tuple[Home, Moment]]:
    """The owner sits before the camera, and the session is about to be locked."""
    home.stage("owner")
    moment = Moment(home.world, request.param)
    home.world.program = ("tests.bus.staged_service", "daemon")
    home.configure("requests", attempt_seconds="60.0")
    if moment.name == TIMED:
        home.world.start = start_python
    home.start()
    yield home, moment
    moment.close()


def kill(process: Process | None) -> float:
    """Ends it at once; when that was."""
    assert process is not None
    process.kill()
    process.wait()
    return time.monotonic()


def report(moment: Moment, what: str, since: float) -> None:
    """A figure, not a bound: how long it takes depends on what else the machine does."""
    if moment.name == TIMED:
        sys.stderr.write(f"{what} is back after {time.monotonic() - since:.2f} s\n")


def unlocked_by_verdicts(home: Home) -> int:
    """How often logind was asked to unlock; never without a match in the journal before."""
    count = home.unlocks()
    matches = [one for one in home.world.entries if one.get("FACELATCH_VERDICT") == "matched"]
    assert not count or matches, "an unlock without a verdict"
    return count


def lock_again(home: Home) -> None:
    """Somebody has unlocked it by the password, and it locks itself again."""
    home.set_session("1", LockedHint=Variant("b", False))
    # The service reads the session anew: two changes at once may be none to it.
    eventually(lambda: not session(home.world)["locked"], "an unlocked session")
    home.lock("1")


@pytest.mark.parametrize("held", MOMENTS, indirect=True)
def test_the_camera_worker_is_killed(held: tuple[Home, Moment]) -> None:
    home, moment = held
    world = home.world
    home.lock("1")
    moment.wait()
    killed = world.helper("worker")
    assert killed is not None
    since = kill(killed)
    if moment.name in BEFORE_A_VERDICT:
        assert home.unlocks() == 0
    moment.over()
    eventually(lambda: world.helper("worker") not in (None, killed), "another worker")
    report(moment, "the camera worker", since)
    eventually(lambda: unlocked_by_verdicts(home) == 1, "the unlock")
    assert world.log == ""


@pytest.mark.parametrize("held", MOMENTS, indirect=True)
def test_the_service_is_killed(held: tuple[Home, Moment]) -> None:
    home, moment = held
    world = home.world
    home.lock("1")
    moment.wait()
    since = kill(world.daemon)
    moment.over()
    world.start_daemon()
    report(moment, "the service", since)
    eventually(lambda: obstacle(world) == "AbsenceNeeded", "a lock that counts as one by hand")
    # What the unlocker had been asked for it does: there was a verdict.
    done = int(moment.name in AFTER_IT_ASKED)
    eventually(lambda: unlocked_by_verdicts(home) == done, "the unlocker to be done")
    if (unlocker := world.helper("unlocker")) is not None:
        # It would remember that it has unlocked this session a moment ago.
        kill(unlocker)
    lock_again(home)
    eventually(lambda: unlocked_by_verdicts(home) == done + 1, "an unlock by the next service")
    assert world.log == ""


@pytest.mark.parametrize("held", AFTER_IT_ASKED, indirect=True)
def test_the_unlocker_is_killed(held: tuple[Home, Moment]) -> None:
    home, moment = held
    world = home.world
    home.lock("1")
    moment.wait()
    killed = eventually(lambda: world.helper("unlocker"), "an unlocker")
    since = kill(killed)
    moment.over()
    done = int(moment.name in ("answering", "unlocked"))
    if moment.name == "unlocked":
        # Nobody needs it until the next unlock. Before that, the next one is asked anew.
        lock_again(home)
    eventually(lambda: unlocked_by_verdicts(home) == done + 1, "an unlock by the next unlocker")
    report(moment, "the unlocker", since)
    assert world.helper("unlocker") not in (None, killed)
    assert world.log == ""


def session(world: World) -> dict[str, Any]:
    """What is known of ours: nothing, where the service has yet to hear of it."""
    sessions: Any = status(world)["sessions"]
    return dict(sessions[0]) if sessions else {"obstacle": "", "locked": True}


def obstacle(world: World) -> object:
    """Why the session is not unlocked now."""
    return session(world)["obstacle"]

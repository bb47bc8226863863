"""Two people, one machine: the session of who sits there comes to the screen, locked as it is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.api import Event, Reason, Verdict
from daemon.config import Config, Switch
from daemon.recognition.results import AttemptResult
from daemon.system.sessions import Change, LogindEvent, Session
from daemon.unlocking.seat_watch import STEADY_SECONDS, SeatJob, Sitting
from daemon.unlocking.switching import REST_SECONDS
from tests.daemon.unlocking.monitor_scene import LOCKED, Scene, played

SHOWN = replace(LOCKED, id="7", path="/7", uid=1001, username="bob")
BACK = replace(LOCKED, active=False)
"""Ada's: the scene knows her face."""
CONFIG = Config(switch=Switch(on_face=True))


class Two:
    """Bob's locked session on the screen, Ada's in the back; she sits there."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.set(SHOWN)

    def set(self, shown: Session, back: Session = BACK) -> None:
        self.scene.sessions.session = back
        self.scene.sessions.others = (shown,)
        self.scene.context.displays.alive(shown.uid, self.scene.time)

    async def review(self) -> None:
        self.scene.monitor.review()
        await self.scene.settled()

    @property
    def jobs(self) -> list[SeatJob]:
        return [job for job in self.scene.worker.jobs if isinstance(job, SeatJob)]

    async def sits(self) -> None:
        """She was seen to sit there for a while."""
        await self.review()
        (job,) = self.jobs
        job._on_sitting()
        await self.scene.settled()

    async def attempt_ends(self, verdict: Verdict, *, age: float = 0.0) -> None:
        """What the attempt at her came to."""
        import time

        ended = self.scene.attempts.on_end
        assert ended is not None
        self.scene.attempts.on_end = None
        at = time.clock_gettime(time.CLOCK_BOOTTIME) - age
        ended(AttemptResult(verdict, Reason.RECOGNISED, "", 3, 0.1, 0.3, {}, at=at))
        await self.scene.settled()

    def asked(self) -> bool:
        """Whether an attempt runs."""
        return self.scene.attempts.on_end is not None

    @property
    def told(self) -> list[dict[str, object]]:
        return [details for event, details in self.scene.told if event is Event.BRING_UP]


def _played(folder: Path, story: Callable[[Two], Any], config: Config = CONFIG) -> None:
    async def play(scene: Scene) -> None:
        await story(Two(scene))

    assert played(folder, play, config) == [], "switching unlocks nothing"


def test_whose_face_whose_session(tmp_path: Path) -> None:
    async def story(two: Two) -> None:
        await two.sits()
        assert two.told == []
        await two.attempt_ends(Verdict.MATCHED)
        assert two.told == [{"session": "7", "to": "1"}]

    _played(tmp_path, story)


def test_off_unless_it_is_asked_for(tmp_path: Path) -> None:
    async def story(two: Two) -> None:
        await two.review()
        assert two.jobs == []

    _played(tmp_path, story, Config())


def test_a_challenge_is_never_asked_where_nobody_could_show_it(tmp_path: Path) -> None:
    async def story(two: Two) -> None:
        await two.sits()
        assert two.scene.attempts.how["prompts"]() is False

    _played(tmp_path, story)


@pytest.mark.parametrize("verdict", [Verdict.NOT_MATCHED, Verdict.UNDECIDED])
def test_who_is_not_recognised_brings_up_nothing_and_waits(
    tmp_path: Path, verdict: Verdict
) -> None:
    async def story(two: Two) -> None:
        await two.sits()
        await two.attempt_ends(verdict)
        await two.sits()
        assert not two.asked()
        two.scene.time += REST_SECONDS
        two.scene.context.displays.alive(SHOWN.uid, two.scene.time)
        await two.sits()
        assert two.asked()
        assert two.told == []

    _played(tmp_path, story)


def test_an_old_match_brings_up_nothing(tmp_path: Path) -> None:
    async def story(two: Two) -> None:
        await two.sits()
        await two.attempt_ends(Verdict.MATCHED, age=60.0)
        assert two.told == []

    _played(tmp_path, story)


@pytest.mark.parametrize(
    ("shown", "back"),
    [
        (replace(SHOWN, locked=False), BACK),
        (replace(SHOWN, active=False), BACK),
        (SHOWN, replace(BACK, locked=False)),
        (SHOWN, replace(BACK, remote=True)),
    ],
)
def test_what_changes_during_the_attempt_counts(
    tmp_path: Path, shown: Session, back: Session
) -> None:
    async def story(two: Two) -> None:
        await two.sits()
        ended = two.scene.attempts.on_end
        # Nobody is told yet: logind's answers alone say so.
        two.set(shown, back)
        two.scene.attempts.on_end = ended
        await two.attempt_ends(Verdict.MATCHED)
        assert two.told == []

    _played(tmp_path, story)


def test_who_unlocks_first_keeps_the_screen(tmp_path: Path) -> None:
    async def story(two: Two) -> None:
        await two.sits()
        two.set(replace(SHOWN, locked=False))
        two.scene.monitor.happened(LogindEvent(Change.UNLOCKED, two.scene.sessions.others[0]))
        await two.scene.settled()
        assert two.jobs == []
        assert not two.asked(), "the attempt is given up"

    _played(tmp_path, story)


def test_while_the_lid_is_shut_nobody_is_looked_for(tmp_path: Path) -> None:
    async def story(two: Two) -> None:
        await two.review()
        two.scene.sessions.lid_closed = True
        two.scene.monitor.happened(LogindEvent(Change.LID))
        await two.scene.settled()
        assert two.jobs == []

    _played(tmp_path, story)


def test_who_passes_does_not_sit() -> None:
    sitting = Sitting()
    assert not any(sitting.see(at / 10, here=True) for at in range(9))
    assert not sitting.see(1.0, here=False)
    assert not sitting.see(1.1, here=True)
    # A camera that was away for long proves nothing by one frame more.
    assert not sitting.see(1.1 + STEADY_SECONDS, here=True)
    assert sitting.see(1.2 + STEADY_SECONDS, here=True)

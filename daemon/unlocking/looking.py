"""Has the camera look before idle sessions: shortly, or again and again where that is cheaper."""

import asyncio
from collections.abc import Callable

from daemon.camera.remote import RemoteCamera
from daemon.config import Config, Schedule
from daemon.policy.presence import Sight
from daemon.unlocking.glances import GlanceJob
from daemon.unlocking.look import LOOK_SECONDS, LookJob
from enroll.template import Person

GLANCES_BELOW_SECONDS = 3.0
"""Where looks follow each other more quickly the camera stays open: `scripts/measure-daemon
presence` prints what either costs.
"""

Looked = Callable[[Sight, bool], None]
"""Is told what was seen, and whether the look is over."""


class Looking:
    """Lives in the event loop, in which `Looked` is called."""

    def __init__(self, worker: RemoteCamera, loop: asyncio.AbstractEventLoop) -> None:
        self._worker = worker
        self._loop = loop

    def begin(self, person: Person, config: Config, on_look: Looked) -> LookJob | GlanceJob:
        """A look that has begun."""
        presence = config.presence
        often = presence.publish and presence.look_every < GLANCES_BELOW_SECONDS
        if not often:
            return self.look(person, config.schedule, on_look)
        glances = self._glances(person, config.schedule, on_look)
        self._worker.add(glances)
        return glances

    def look(self, person: Person, schedule: Schedule, on_look: Looked) -> LookJob:
        """One look that has begun."""
        job = self._look(person, schedule, on_look)
        self._worker.add(job)
        return job

    def end(self, job: LookJob | GlanceJob) -> None:
        """The camera is let go at once, whatever it was about to show."""
        self._worker.drop(job)

    def _look(self, person: Person, schedule: Schedule, on_look: Looked) -> LookJob:
        return LookJob(
            person,
            gated=schedule.motion_gate and schedule.blind_seconds > LOOK_SECONDS,
            post=self._post,
            on_end=lambda sight: on_look(sight, True),
        )

    def _glances(self, person: Person, schedule: Schedule, on_look: Looked) -> GlanceJob:
        return GlanceJob(
            person,
            still_seconds=schedule.blind_seconds if schedule.motion_gate else 0.0,
            post=self._post,
            on_sight=lambda sight: on_look(sight, False),
            on_end=lambda sight: on_look(sight, True),
        )

    def _post(self, call: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(call)

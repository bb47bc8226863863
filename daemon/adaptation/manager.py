"""What a recognised user leaves behind: a use counted, and perhaps something learnt.

Neither ever decides whether somebody is let in, and no failure of either is more than a line in the
journal.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from daemon.errors import RefusalError
from daemon.recognition.results import AttemptResult
from daemon.state.context import Context
from daemon.system.tasks import Tasks
from enroll import adaptation, template
from enroll.adaptation import Visit
from enroll.template import Appearance, Person

_UNWRITTEN_SECONDS = 900.0
"""How long counts may wait for the disk."""
_PASSWORD_SECONDS = 60.0
"""A password typed within this time of a match confirms it."""


@dataclass(frozen=True, slots=True)
class _Recent:
    visit: Visit
    at: float


class AdaptationManager:
    """Told of matches and passwords, in the event loop. `now` gives a date as templates do."""

    def __init__(
        self,
        context: Context,
        *,
        now: Callable[[], str] = template.now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._now = now
        self._clock = clock
        self._recent: dict[str, _Recent] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._tasks = Tasks()
        # A password that comes later confirms nothing that the user has taken back.
        context.templates_changed.listen(lambda username: self._recent.pop(username, None))

    def recognised(self, username: str, result: AttemptResult) -> None:
        """An attempt at this user ended with a match that counts."""
        visit = result.visit
        if visit is None:
            return
        self._context.templates.used(username, (visit.appearance, visit.model_id), self._now())
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_UNWRITTEN_SECONDS, self._due)
        if self._context.config.adaptation.enabled:
            self._recent[username] = _Recent(visit, self._clock())
            self._tasks.spawn(self._learn(username, visit, confirmed=False))

    def confirmed(self, username: str) -> None:
        """This user's password was right, as PAM says."""
        recent = self._recent.pop(username, None)
        if recent is None or not self._context.config.adaptation.enabled:
            return
        if self._clock() - recent.at <= _PASSWORD_SECONDS:
            self._tasks.spawn(self._learn(username, recent.visit, confirmed=True))

    async def done(self) -> None:
        """Waits for what goes on, and brings the counts to the disk."""
        if self._timer is not None:
            self._timer.cancel()
        await self._tasks.finished()
        await self._keep()

    def _due(self) -> None:
        self._timer = None
        self._forget_old()
        self._tasks.spawn(self._keep())

    def _forget_old(self) -> None:
        oldest = self._clock() - _PASSWORD_SECONDS
        self._recent = {name: one for name, one in self._recent.items() if one.at >= oldest}

    async def _keep(self) -> None:
        try:
            await self._context.templates.keep_uses()
        except RefusalError as refusal:
            self._context.warn(f"uses of appearances were not written down: {refusal}")

    async def _learn(self, username: str, visit: Visit, *, confirmed: bool) -> None:
        learnt: list[Appearance] = []
        try:
            # Everybody else is read only where there is something to learn: once a day.
            person = await self._context.templates.load(username)
            if self._taught(person, visit, [], confirmed=confirmed) is None:
                return
            others = await self._context.templates.others(username)

            def taught(person: Person) -> Person:
                found = self._taught(person, visit, others, confirmed=confirmed)
                learnt.extend([] if found is None else [found])
                return person if found is None else person.with_appearance(found)

            await self._context.templates.change(username, taught)
        except RefusalError as refusal:
            self._context.warn(f"nothing was learnt of a visit of {username}: {refusal}")
            return
        for appearance in learnt:
            self._write_down(username, appearance, visit, confirmed=confirmed)

    def _taught(
        self, person: Person, visit: Visit, others: list[Person], *, confirmed: bool
    ) -> Appearance | None:
        appearances = [
            one for one in person.appearances_of(visit.model_id) if one.name == visit.appearance
        ]
        if not appearances:
            return None
        return adaptation.decide(
            appearances[0],
            visit,
            now=self._now(),
            confirmed=confirmed,
            others=others,
            most=self._context.config.adaptation.most,
        ).appearance

    def _write_down(
        self, username: str, appearance: Appearance, visit: Visit, *, confirmed: bool
    ) -> None:
        why = "a match that the password confirmed" if confirmed else "a very certain match"
        fields: dict[str, object] = {
            "user": username,
            "verdict": "learnt",
            "reason": why,
            "frames": visit.frames,
        }
        if self._context.config.audit.distances:
            fields |= {"distance": visit.farthest, "threshold": visit.threshold}
        count = len(appearance.adapted)
        self._context.audit.record(
            f"appearance {appearance.name!r} of {username} learnt from {why}; "
            f"it keeps {count} such: facelatch remove --adapted takes them away",
            fields,
        )

"""Writes down how often the camera was on while a session was idle, or dark and locked: it is the
person's to know.
"""

from collections.abc import Callable
from dataclasses import dataclass

from daemon.system.journal import Audit
from daemon.system.sessions import Session

LEAST_SECONDS = 60.0
"""A shorter one is a pause in typing."""


@dataclass(slots=True)
class _Period:
    session: Session
    began: float
    camera: float
    looks: int = 0


class IdlePeriods:
    """One for each session that is looked at. `camera` is how many seconds it was on so far, for
    whatever reason; `what` the session is meanwhile.
    """

    def __init__(
        self,
        audit: Audit,
        *,
        camera: Callable[[], float],
        clock: Callable[[], float],
        what: str = "idle",
    ) -> None:
        self._audit = audit
        self._what = what
        self._camera = camera
        self._clock = clock
        self._periods: dict[str, _Period] = {}

    def goes_on(self, session: Session) -> None:
        """The session is so."""
        if session.id not in self._periods:
            self._periods[session.id] = _Period(session, self._clock(), self._camera())

    def looked(self, session_id: str) -> None:
        """The camera was looked through for it."""
        if session_id in self._periods:
            self._periods[session_id].looks += 1

    def over(self, session_id: str) -> None:
        """The session is so no more, or has gone."""
        period = self._periods.pop(session_id, None)
        if period is None or (seconds := self._clock() - period.began) < LEAST_SECONDS:
            return
        on = self._camera() - period.camera
        session = period.session
        self._audit.record(
            f"session {session.id} of {session.username} was {self._what} for {seconds:.0f} s: the"
            f" camera was on for {on:.1f} s of it ({100 * on / seconds:.1f} %), in"
            f" {period.looks} looks",
            {"user": session.username, "session": session.id, "camera_on": round(on, 1)},
        )

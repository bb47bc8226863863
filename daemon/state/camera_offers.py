"""Tells the owner at the machine of a new camera, once: it waits until somebody trusts it."""

from collections.abc import Callable

from daemon.api import Event
from daemon.errors import RefusalError
from daemon.policy import where
from daemon.policy.cameras import Camera, offered
from daemon.state.context import Context, Tell
from daemon.system.sessions import Session
from daemon.system.tasks import Tasks


class CameraOffers:
    """Follows the facts. `hears` says whether anything of a user is told of events."""

    def __init__(self, context: Context, *, tell: Tell, hears: Callable[[str], bool]) -> None:
        self._context = context
        self._cameras = context.records.cameras
        self._tell = tell
        self._hears = hears
        self._tasks = Tasks()
        context.listen(self.review)

    def review(self) -> None:
        """Offers what is new, where an owner sits before an unlocked session."""
        session = self._owners_session()
        if session is not None and self._news():
            self._tasks.spawn(self._offer(session))

    async def _offer(self, session: Session) -> None:
        try:
            target = await self._context.target(session.username, session.uid)
        except RefusalError:
            return
        # What was true before the store was read may be so no more.
        news = self._news()
        current = self._owners_session()
        if not (target.appearances and news and current and current.id == session.id):
            return
        self._cameras.offer([one.identity for one in news])
        for camera in news:
            details = {"camera": camera.name, "path": camera.path}
            self._tell(session.username, Event.CAMERA_OFFERED, details)

    def _news(self) -> list[Camera]:
        record = self._cameras.record
        if record.known.trusted is None or self._cameras.any_locked:
            return []
        found = offered(self._cameras.present, record.known.trusted)
        return [one for one in found if one.identity not in record.offered]

    def _owners_session(self) -> Session | None:
        sessions = self._context.sessions.all
        return next((one for one in sessions if self._is_owners(one)), None)

    def _is_owners(self, session: Session) -> bool:
        here = where.is_users(session) and where.unless_on_screen(session) is None
        return here and not session.locked and self._hears(session.username)

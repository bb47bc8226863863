"""Who is before a session, for programs of its own user: derived words and nothing else."""

from daemon.api import Event, Presence
from daemon.policy.presence import Sight
from daemon.state.context import Context, Tell
from daemon.system.sessions import Session

IN_USE = (Presence.SOMEBODY, True)
"""A key was pressed: somebody is there, whoever that is."""
_NOTHING_KNOWN = (Presence.UNKNOWN, False)
_SEEN = {
    Sight.OWNER: (Presence.OWNER, True),
    # A face that cannot be judged is turned away, covered or far.
    Sight.FACE: (Presence.SOMEBODY, False),
    Sight.OTHER: (Presence.SOMEBODY, True),
    Sight.NOBODY: (Presence.NOBODY, False),
}


class PublishedPresence:
    """Keeps the fact `leaving.presence` of the context, and tells the user's clients of changes."""

    def __init__(self, context: Context, *, tell: Tell) -> None:
        self._context = context
        self._tell = tell

    @property
    def wanted(self) -> bool:
        """Whether root lets it be told at all."""
        return self._context.config.presence.publish

    def used(self, session: Session) -> None:
        """A key or the pointer."""
        self._set(session, IN_USE)

    def seen(self, session: Session, sight: Sight) -> None:
        """What a look came to."""
        self._set(session, _SEEN.get(sight, _NOTHING_KNOWN))

    def unknown(self, session: Session) -> None:
        """Nobody is looked at any more."""
        self._set(session, _NOTHING_KNOWN)

    def _set(self, session: Session, value: tuple[Presence, bool]) -> None:
        known = self._context.leaving.presence
        if known.get(session.id, _NOTHING_KNOWN) == value or not self.wanted:
            return
        if value == _NOTHING_KNOWN:
            known.pop(session.id, None)
        else:
            known[session.id] = value
        presence, attentive = value
        details = {"session": session.id, "presence": presence.value, "attentive": attentive}
        self._tell(session.username, Event.PRESENCE, details)

"""Which session an agent is in: another desktop of its person has another agent. Pure."""

from daemon.clients.agent.messages import Values


class OwnSession:
    """`session` is what the agent's environment names, "" where that names none."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._known: frozenset[str] = frozenset()

    def read(self, status: Values) -> None:
        """The sessions that the service knows of this person's."""
        self._known = frozenset(str(one.get("id")) for one in status.get("sessions", ()))

    def is_elsewhere(self, session: str) -> bool:
        """Whether that session is surely another's to see to.

        An environment may still name a session that has ended: such a name decides nothing.
        """
        return self._session in self._known and session != self._session

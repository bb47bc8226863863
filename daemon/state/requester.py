"""Who asks for something over the bus."""

from dataclasses import dataclass

from daemon import policy
from daemon.api import Error
from daemon.dbus.peer import Caller
from daemon.errors import RefusalError
from daemon.state.history import RequestOrigin
from daemon.system.sessions import Session, Sessions


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks, from which session, and whether somebody is there to type a password.

    `slice_uid`: where it belongs to no session, the user in whose graphical slices it stands;
    `display_manager`: whether it is of the service that shows the login screens.
    """

    caller: Caller
    session: Session | None
    interactive: bool
    slice_uid: int | None = None
    display_manager: bool = False

    @property
    def client(self) -> str:
        """The unique name of its connection."""
        return self.caller.name

    def origin(self, service: str = "", tty: str = "") -> RequestOrigin:
        """For the journal and the history; `service` is what it says it asks for, `tty` where."""
        parts = [f"uid {self.caller.uid}", f"pid {self.caller.pid}"]
        if self.session is not None:
            parts.append(f"session {self.session.id}")
        if service:
            parts.append(f"service {service}")
        if tty:
            parts.append(f"terminal {tty}")
        session = self.session.id if self.session is not None else ""
        return RequestOrigin(" ".join(parts), service, session)

    def now(self, sessions: Sessions) -> policy.Caller:
        """What the policy asks of it, by what is known now: never what was known when it asked.

        Raises NOT_PERMITTED or NO_SESSION where its process has ended, or its session.
        """
        if self.caller.gone:
            raise RefusalError(Error.NOT_PERMITTED, "the process that asks has ended")
        if self.session is None:
            return policy.Caller(self.caller.uid, None, self.slice_uid, self.display_manager)
        mine = (self.session.id, self.session.path, self.session.uid)
        for session in sessions.all:
            if (session.id, session.path, session.uid) == mine:
                return policy.Caller(self.caller.uid, session)
        raise RefusalError(Error.NO_SESSION, "the session has ended")


async def read_again(requester: Requester, sessions: Sessions) -> policy.Caller:
    """The same after whatever took its time, a dialogue, a file, an attempt: logind is asked.

    Raises as `Requester.now` does.
    """
    if requester.session is not None:
        await sessions.fresh(requester.session.id)
    return requester.now(sessions)

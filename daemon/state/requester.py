"""Who asks for something over the bus."""

from dataclasses import dataclass

from daemon import policy
from daemon.dbus.peer import Caller
from daemon.state.history import RequestOrigin
from daemon.system.sessions import Session


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks, from which session, and whether somebody is there to type a password."""

    caller: Caller
    session: Session | None
    interactive: bool

    @property
    def client(self) -> str:
        """The unique name of its connection."""
        return self.caller.name

    @property
    def policy_caller(self) -> policy.Caller:
        """What the policy asks of it."""
        return policy.Caller(self.caller.uid, self.session)

    def origin(self, service: str = "") -> RequestOrigin:
        """For the journal and the history; `service` is what it says it asks for."""
        parts = [f"uid {self.caller.uid}", f"pid {self.caller.pid}"]
        if self.session is not None:
            parts.append(f"session {self.session.id}")
        if service:
            parts.append(f"service {service}")
        session = self.session.id if self.session is not None else ""
        return RequestOrigin(" ".join(parts), service, session)

"""Who asks, about whom, and whether they may: what the handlers have in common."""

from daemon import policy
from daemon.api import Error
from daemon.dbus.peer import Caller
from daemon.errors import RefusalError
from daemon.policy import Allowed, Ask, Denied, Target
from daemon.state.context import Context
from daemon.state.requester import Requester
from daemon.state.templates import checked_name
from daemon.state.users import name_of, uid_of
from daemon.system.polkit import Authority


class Access:
    """Every method raises RefusalError for a no."""

    def __init__(self, context: Context, authority: Authority) -> None:
        self._context = context
        self._authority = authority

    async def requester(self, caller: Caller, *, interactive: bool) -> Requester:
        """The caller with its session; raises NOT_PERMITTED where its process has ended."""
        session = await self._context.sessions.of_process(caller.pid) if caller.pid else None
        # After the question, so that its answer is about the process that asks.
        if caller.gone:
            raise RefusalError(Error.NOT_PERMITTED, "the process that asks has ended")
        return Requester(caller, session, interactive)

    async def target(self, requester: Requester, username: str, *, count: bool = True) -> Target:
        """The user asked about, "" for the caller's own; `count` reads how many appearances
        there are. Raises INVALID_ARGUMENTS, STORE_PROBLEM.
        """
        uid = requester.caller.uid
        own = await name_of(uid)
        name = checked_name(username, "login name") if username else own
        found = uid if name == own and own else await uid_of(name)
        permitted = uid in (policy.ROOT, found)
        # Nothing about another user is even looked up for somebody who may not ask.
        if not count or not permitted:
            return Target(name, found)
        return await self._context.target(name, found)

    async def own_name(self, requester: Requester) -> str:
        """The caller's login name; raises NOT_PERMITTED where it has none."""
        name = await name_of(requester.caller.uid)
        if not name:
            raise RefusalError(Error.NOT_PERMITTED, "there is no such user")
        return name

    async def authorise(self, requester: Requester, decision: policy.Decision | Ask) -> None:
        """Asks polkit where the decision says so; raises NOT_AUTHORIZED or the denial's error."""
        if not isinstance(decision, Ask):
            require(decision)
            return
        yes = await self._authority.allows(
            requester.caller, decision.action, interactive=requester.interactive
        )
        if not yes:
            raise RefusalError(Error.NOT_AUTHORIZED, "polkit does not allow it")
        if self._context.stopping:
            raise RefusalError(Error.STOPPING, "the service is ending")


def require(decision: policy.Decision) -> None:
    """Raises the denial's error for anything but a yes."""
    if not isinstance(decision, Allowed):
        raise refused(decision)


def unless_denied(decision: policy.Decision | Ask) -> policy.Decision | Ask:
    """The decision, where it is no denial; raises the denial's error."""
    if isinstance(decision, Denied):
        raise refused(decision)
    return decision


def refused(denied: Denied) -> RefusalError:
    """A policy's no as a refusal."""
    return RefusalError(denied.error, denied.reason, denied.hint)

"""Who asks, about whom, and whether they may: what the handlers have in common."""

from collections.abc import Callable

from daemon import policy
from daemon.api import Error
from daemon.dbus.peer import Caller
from daemon.errors import RefusalError
from daemon.policy import Allowed, Ask, Denied, Target
from daemon.server.call_limits import CallLimits
from daemon.state.context import Context
from daemon.state.requester import Requester, read_again
from daemon.state.templates import checked_name
from daemon.state.users import name_of, uid_of
from daemon.system.polkit import Authority
from daemon.system.slices import UserSlices

Decide = Callable[[policy.Caller], policy.Decision | Ask]
"""What a caller may do by the facts of the moment."""


class Access:
    """Every method raises RefusalError for a no."""

    def __init__(
        self, context: Context, authority: Authority, slices: UserSlices, limits: CallLimits
    ) -> None:
        self._context = context
        self._authority = authority
        self._slices = slices
        self._limits = limits

    async def requester(self, caller: Caller, *, interactive: bool) -> Requester:
        """The caller with its session; raises NOT_PERMITTED where its process has ended."""
        session = await self._context.sessions.of_process(caller.pid) if caller.pid else None
        place, shows_logins = None, False
        if session is None and caller.pid:
            place = await self._slices.of_process(caller.pid)
            if place is None and caller.uid == policy.ROOT:
                shows_logins = await self._slices.of_display_manager(caller.pid)
        # After the question, so that its answer is about the process that asks.
        if caller.gone:
            raise RefusalError(Error.NOT_PERMITTED, "the process that asks has ended")
        return Requester(caller, session, interactive, place, shows_logins)

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

    @property
    def asking_polkit(self) -> bool:
        """Whether polkit asks somebody on our behalf."""
        return self._limits.dialogues > 0

    async def own_name(self, requester: Requester) -> str:
        """The caller's login name; raises NOT_PERMITTED where it has none."""
        name = await name_of(requester.caller.uid)
        if not name:
            raise RefusalError(Error.NOT_PERMITTED, "there is no such user")
        return name

    async def authorise(self, requester: Requester, decide: Decide) -> None:
        """Asks polkit where the decision says so; raises NOT_AUTHORIZED or the denial's error.

        A dialogue takes its time: who asks is read again after it, and decided about anew.
        """
        decision = decide(requester.now(self._context.sessions))
        if not isinstance(decision, Ask):
            require(decision)
            return
        with self._limits.dialogue(requester.caller.payer):
            yes = await self._authority.allows(
                requester.caller, decision.action, interactive=requester.interactive
            )
        if not yes:
            raise RefusalError(Error.NOT_AUTHORIZED, "polkit does not allow it")
        after = decide(await read_again(requester, self._context.sessions))
        # What polkit was asked for is what may be done, and nothing else.
        if after != decision:
            require(after if not isinstance(after, Ask) else _changed())


def require(decision: policy.Decision) -> None:
    """Raises the denial's error for anything but a yes."""
    if not isinstance(decision, Allowed):
        raise refused(decision)


def _changed() -> Denied:
    return Denied(Error.NOT_AUTHORIZED, "what was asked for is another thing now", "try again")


def refuse_denial(decision: policy.Decision | Ask) -> None:
    """Raises the denial's error where it is one; what polkit allowed stays allowed."""
    if isinstance(decision, Denied):
        raise refused(decision)


def refused(denied: Denied) -> RefusalError:
    """A policy's no as a refusal."""
    return RefusalError(denied.error, denied.reason, denied.hint)

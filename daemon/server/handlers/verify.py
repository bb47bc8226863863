"""StartVerify, StopVerify, Status, History: recognition, and how it stands with the caller."""

from collections.abc import Callable, Mapping
from typing import Any

from daemon import api, policy
from daemon.api import Error
from daemon.errors import RefusalError
from daemon.policy import Target
from daemon.server.handlers.access import Access
from daemon.server.status import status_of
from daemon.state.context import Context
from daemon.state.request_registry import RequestRegistry
from daemon.state.requester import Requester
from daemon.state.users import name_of
from daemon.verification.manager import VerificationManager

Answer = tuple[Any, ...]


class VerifyHandlers:
    """`properties` gives the values of the bus object's properties, by name."""

    def __init__(
        self,
        context: Context,
        access: Access,
        verification: VerificationManager,
        registry: RequestRegistry,
        properties: Mapping[str, Callable[[], Any]],
    ) -> None:
        self._context = context
        self._access = access
        self._verification = verification
        self._registry = registry
        self._properties = properties

    async def start_verify(
        self, requester: Requester, username: str, options: Mapping[str, Any]
    ) -> Answer:
        """Begins an attempt; its number."""
        # Else a face would answer for what is to be done to faces.
        if options.get("service") == api.POLKIT_SERVICE and self._access.asking_polkit:
            raise RefusalError(
                Error.NOT_PERMITTED, "a change of what is enrolled or trusted needs the password"
            )
        target = await self._access.target(requester, username)
        return (await self._verification.start(requester, target, options),)

    async def stop_verify(self, requester: Requester, number: int) -> Answer:
        """Ends one of the caller's."""
        self._verification.stop(requester.client, number)
        return ()

    async def status(self, requester: Requester) -> Answer:
        """How the service is, and what concerns the caller's own user."""
        username = await name_of(requester.caller.uid)
        target, problem = None, ""
        if username:
            target, problem = await self._own(username, requester.caller.uid)
        status = status_of(self._context, target, self._properties, self._registry.running)
        if problem:
            del status["appearances"]
            status["problem"] = status["problem"] or problem
        return ({**status, "protection": await self._context.templates.protection()},)

    async def history(self, requester: Requester, options: Mapping[str, Any]) -> Answer:
        """The last decisions about the caller's own user, about anybody for root."""
        username = str(options.get("username", ""))
        own = await name_of(requester.caller.uid)
        if username not in ("", own) and requester.caller.uid != policy.ROOT:
            raise RefusalError(Error.NOT_PERMITTED, "only root may read the history of others")
        most = int(options.get("most", api.MOST_DECISIONS))
        entries = self._context.records.history.of(username or own, most)
        root = requester.caller.uid == policy.ROOT
        return ([one.values if root else one.without_distances for one in entries],)

    async def _own(self, username: str, uid: int) -> tuple[Target, str]:
        """The caller as a user, and why their templates cannot be read, if they cannot."""
        try:
            return await self._context.target(username, uid), ""
        except RefusalError as refusal:
            return Target(username, uid, unlocking=False), str(refusal)

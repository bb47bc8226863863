"""StartEnrol, StopEnrol, OpenPreview: taking a new appearance."""

from collections.abc import Mapping
from typing import Any

from daemon import policy
from daemon.enrolment.manager import EnrolmentManager
from daemon.policy import Ask, Denied, Target
from daemon.server.handlers.access import Access, refuse_denial
from daemon.state.context import Context
from daemon.state.requester import Requester, read_again
from daemon.state.templates import checked_name

Answer = tuple[Any, ...]


class EnrolHandlers:
    """Begins what the policy and polkit allow."""

    def __init__(self, context: Context, access: Access, enrolment: EnrolmentManager) -> None:
        self._context = context
        self._access = access
        self._enrolment = enrolment

    async def start_enrol(
        self, requester: Requester, username: str, appearance: str, options: Mapping[str, Any]
    ) -> Answer:
        """Begins an enrolment; its number."""
        appearance = checked_name(appearance, "appearance's name")
        replace = bool(options.get("replace", False))
        target = await self._access.target(requester, username, count=False)
        await self._context.sessions.refresh_lid()

        def decide(caller: policy.Caller) -> policy.Decision | Ask:
            return policy.may_enrol(
                caller,
                target,
                sessions=self._context.sessions.all,
                machine=self._context.machine,
            )

        if requester.caller.uid == target.uid and not isinstance(
            decide(requester.now(self._context.sessions)), Denied
        ):
            # Nobody types a password for what cannot be stored. Of others it is not said before.
            await self._check_room(target, appearance, replace=replace)
        await self._access.authorise(requester, decide)
        await self._check_room(target, appearance, replace=replace)
        # The file took its time.
        refuse_denial(decide(await read_again(requester, self._context.sessions)))
        return (self._enrolment.start(requester, target, appearance, options),)

    async def _check_room(self, target: Target, appearance: str, *, replace: bool) -> None:
        await self._context.templates.check_new_appearance(
            target.username, appearance, replace=replace
        )

    async def stop_enrol(self, requester: Requester, number: int) -> Answer:
        """Ends the caller's; nothing is stored."""
        self._enrolment.stop(requester.client, number)
        return ()

    async def open_preview(self, requester: Requester, number: int) -> Answer:
        """A file descriptor of the pictures of the caller's own enrolment."""
        return (self._enrolment.preview(requester.client, number),)

"""StartEnrol, StopEnrol, OpenPreview: taking a new appearance."""

from collections.abc import Mapping
from typing import Any

from daemon import policy
from daemon.enrolment.manager import EnrolmentManager
from daemon.policy import Ask, Target
from daemon.server.handlers.access import Access, unless_denied
from daemon.state.context import Context
from daemon.state.requester import Requester
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
        target = await self._access.target(requester, username, count=False)
        await self._context.sessions.refresh_lid()
        self._may_enrol(requester, target)
        await self._context.templates.check_new_appearance(
            target.username, appearance, replace=bool(options.get("replace", False))
        )
        await self._access.authorise(requester, self._may_enrol(requester, target))
        # A dialogue takes its time: the facts may be others now.
        self._may_enrol(requester, target)
        return (self._enrolment.start(requester, target, appearance, options),)

    async def stop_enrol(self, requester: Requester, number: int) -> Answer:
        """Ends the caller's; nothing is stored."""
        self._enrolment.stop(requester.client, number)
        return ()

    async def open_preview(self, requester: Requester, number: int) -> Answer:
        """A file descriptor of the pictures of the caller's own enrolment."""
        return (self._enrolment.preview(requester.client, number),)

    def _may_enrol(self, requester: Requester, target: Target) -> policy.Decision | Ask:
        return unless_denied(
            policy.may_enrol(
                requester.policy_caller,
                target,
                sessions=self._context.sessions.all,
                machine=self._context.machine,
            )
        )

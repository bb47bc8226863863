"""Pause, Resume, Wake, PasswordUsed, SetUnlocking, Reload: how the service is to behave."""

import time
from collections.abc import Callable
from typing import Any

from daemon import api, policy
from daemon.api import Error, Event
from daemon.errors import RefusalError
from daemon.server.handlers.access import Access, require
from daemon.state.context import Context, Tell
from daemon.state.pause import Pause
from daemon.state.requester import Requester
from daemon.state.users import Account, name_of
from daemon.system.tasks import Tasks
from models.errors import UsageError

Answer = tuple[Any, ...]


class SettingsHandlers:
    """`wake` is told whose user touched something, `password_used` whose password was right;
    `reload` reads the configuration again, or raises BROKEN_CONFIGURATION.
    """

    def __init__(
        self,
        context: Context,
        access: Access,
        *,
        tell: Tell,
        wake: Callable[[str], None],
        password_used: Callable[[Account], None],
        reload: Callable[[], None],
    ) -> None:
        self._context = context
        self._access = access
        self._tell = tell
        self._wake_user = wake
        self._password_used = password_used
        self._reload = reload
        self._pause = Pause(context)
        self._tasks = Tasks()

    async def pause(self, requester: Requester, seconds: int) -> Answer:
        """Pauses recognition for so long, or until it is resumed for 0."""
        require(self._may_pause(requester))
        if seconds > api.LONGEST_PAUSE_SECONDS:
            raise RefusalError(
                Error.INVALID_ARGUMENTS,
                f"a pause lasts {api.LONGEST_PAUSE_SECONDS} seconds at most",
                "0 pauses until you resume",
            )
        until = int(time.time()) + seconds if seconds else api.UNTIL_RESUMED
        try:
            self._pause.set(requester.caller.uid, until)
        except UsageError as error:
            raise RefusalError(Error.TOO_MANY_REQUESTS, error.message) from None
        await self._paused(requester, "recognition is paused")
        return ()

    async def resume(self, requester: Requester) -> Answer:
        """Ends what the caller paused, and for root whatever anybody did."""
        require(self._may_pause(requester))
        if not self._pause.end(requester.caller.uid):
            raise RefusalError(
                Error.NOT_PERMITTED,
                "another user has paused recognition",
                "it goes on when they resume, or by: sudo facelatch resume",
            )
        await self._paused(requester, "recognition goes on")
        return ()

    async def wake(self, requester: Requester) -> Answer:
        """The caller's own user touched something."""
        await self._context.sessions.refresh_lid()
        sessions = self._context.sessions.all
        require(
            policy.may_wake(
                requester.now(self._context.sessions),
                sessions=sessions,
                machine=self._context.machine,
            )
        )
        self._wake_user(await name_of(requester.caller.uid))
        return ()

    async def password_used(self, requester: Requester, username: str) -> Answer:
        """PAM says that this user's password was right."""
        caller = requester.now(self._context.sessions)
        require(policy.may_clear(caller, machine=self._context.machine))
        target = await self._access.target(requester, username, count=False)
        if target.uid is None:
            raise RefusalError(Error.NOT_ENROLLED, "there is no such user")
        self._password_used(Account(target.uid, target.username))
        return ()

    async def set_unlocking(self, requester: Requester, on: bool) -> Answer:
        """Switches the unlocking of the caller's own sessions."""
        await self._access.authorise(
            requester,
            lambda caller: policy.may_switch(
                caller,
                on=on,
                sessions=self._context.sessions.all,
                machine=self._context.machine,
            ),
        )
        username = await self._access.own_name(requester)
        await self._tasks.completed(self._switch(requester, username, on=on))
        return ()

    async def _switch(self, requester: Requester, username: str, *, on: bool) -> None:
        await self._context.switch(username, on=on)
        self._tell(username, Event.SWITCHED, {"unlocking": on})
        fields = {"user": username, "requester": requester.origin()}
        self._context.audit.record(f"{username}: unlocking is {'on' if on else 'off'}", fields)

    async def reload(self, requester: Requester) -> Answer:
        """Reads the configuration again."""
        await self._access.authorise(
            requester, lambda caller: policy.may_reload(caller, machine=self._context.machine)
        )
        self._reload()
        return ()

    async def _paused(self, requester: Requester, what: str) -> None:
        # First: whoever asks may leave while the disk is waited for.
        self._context.audit.record(what, {"requester": requester.origin()})
        # Whoever is told that it is paused may rely on it, whatever happens to the service.
        await self._context.records.pauses_kept()

    def _may_pause(self, requester: Requester) -> policy.Decision:
        sessions, machine = self._context.sessions, self._context.machine
        return policy.may_pause(requester.now(sessions), sessions=sessions.all, machine=machine)

"""Answers what clients ask, as the policy decides. Knows users and requests, not messages."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from daemon import api, policy
from daemon.api import Error, Event
from daemon.errors import RefusalError
from daemon.policy import Allowed, Ask, Denied, Target
from daemon.server.status import status_of
from daemon.state import context
from daemon.state.context import Context
from daemon.state.templates import checked_name
from daemon.system.polkit import Authority, Caller
from daemon.verification.manager import Asking, VerificationManager
from enroll.store.usage import Use, key_of
from enroll.template import Appearance

Values = Mapping[str, Any]
Answer = tuple[Any, ...]

_MOST_SUBSCRIBERS = 256
_MOST_SUBSCRIBERS_EACH = 32
"""Of one user, so that nobody takes the places of all."""


class Desk:
    """Implements `service.Desk`. `wake` is told of a user's key press; `reload` of a wish."""

    def __init__(
        self,
        context: Context,
        requests: VerificationManager,
        authority: Authority,
        *,
        wake: Callable[[str], None],
        pause: Callable[[int], None],
        reload: Callable[[], None],
        properties: Mapping[str, Callable[[], Any]],
    ) -> None:
        self._context = context
        self._requests = requests
        self._authority = authority
        self._wake_user = wake
        self._set_pause = pause
        self._reread = reload
        self._properties = properties
        self._subscribers: dict[str, str] = {}
        self.send: Callable[..., None] = lambda *_: None
        """Sends a signal: client, name, values."""
        self.edited: Callable[[str], None] = lambda _: None
        """Told of users whose templates changed."""
        self._methods: dict[str, Callable[..., Any]] = {
            "StartVerify": self._start_verify,
            "StopVerify": self._stop_verify,
            "Status": self._status,
            "Pause": self._pause,
            "Resume": self._resume,
            "Wake": self._wake,
            "SetUnlocking": self._set_unlocking,
            "History": self._history,
            "ListUsers": self._list_users,
            "ListAppearances": self._list_appearances,
            "RemoveAppearance": self._remove_appearance,
            "RenameAppearance": self._rename_appearance,
            "RevertAppearance": self._revert_appearance,
            "RemoveUser": self._remove_user,
            "StartEnrol": self._start_enrol,
            "StopEnrol": self._stop_enrol,
            "OpenPreview": self._open_preview,
            "Subscribe": self._subscribe,
            "Unsubscribe": self._unsubscribe,
            "Reload": self._reload,
        }

    async def call(
        self, caller: Caller, member: str, arguments: Sequence[Any], *, interactive: bool
    ) -> Answer:
        """See `service.Desk`."""
        if self._context.stopping:
            raise RefusalError(Error.STOPPING, "the service is ending")
        asking = await self._asking(caller, interactive=interactive)
        answer: Answer = await self._methods[member](asking, *arguments)
        return answer

    def property(self, name: str) -> Any:
        """See `service.Desk`."""
        return self._properties[name]()

    def client_gone(self, name: str) -> None:
        """See `service.Desk`."""
        self._subscribers.pop(name, None)
        self._requests.client_gone(name)

    def tell(self, username: str, event: Event, details: Values) -> None:
        """Tells the subscribers among the clients of this user."""
        for client, name in list(self._subscribers.items()):
            if name == username:
                self.send(client, "Event", event.value, details)

    async def _asking(self, caller: Caller, *, interactive: bool) -> Asking:
        session = await self._context.sessions.of_process(caller.pid) if caller.pid else None
        # After the question, so that its answer is about the process that asks.
        if caller.gone:
            raise RefusalError(Error.NOT_PERMITTED, "the process that asks has ended")
        return Asking(caller, session, interactive)

    async def _start_verify(self, asking: Asking, username: str, options: Values) -> Answer:
        target = await self._target(asking, username)
        return (await self._requests.verify(asking, target, options),)

    async def _stop_verify(self, asking: Asking, number: int) -> Answer:
        self._requests.stop_verify(asking.caller.name, number)
        return ()

    async def _status(self, asking: Asking) -> Answer:
        username = await context.name_of(asking.caller.uid)
        target, trouble = None, ""
        if username:
            target, trouble = await self._own(username, asking.caller.uid)
        status = status_of(self._context, target, self._properties, self._requests.running)
        if trouble:
            del status["appearances"]
            status["problem"] = status["problem"] or trouble
        return ({**status, "protection": await self._context.people.protection()},)

    async def _own(self, username: str, uid: int) -> tuple[Target, str]:
        """The caller as a user, and why their templates cannot be read, if they cannot."""
        try:
            return await self._context.target(username, uid), ""
        except RefusalError as refusal:
            return Target(username, uid, unlocking=False), str(refusal)

    async def _pause(self, asking: Asking, seconds: int) -> Answer:
        self._decide(self._may_pause(asking))
        if seconds > api.LONGEST_PAUSE_SECONDS:
            raise RefusalError(
                Error.INVALID_ARGUMENTS,
                f"a pause lasts {api.LONGEST_PAUSE_SECONDS} seconds at most",
                "0 pauses until you resume",
            )
        until = int(time.time()) + seconds if seconds else api.UNTIL_RESUMED
        self._set_pause(until)
        self._context.audit.record("recognition is paused", {"requester": asking.described("")})
        return ()

    async def _resume(self, asking: Asking) -> Answer:
        self._decide(self._may_pause(asking))
        self._set_pause(0)
        self._context.audit.record("recognition goes on", {"requester": asking.described("")})
        return ()

    def _may_pause(self, asking: Asking) -> policy.Decision:
        sessions = self._context.sessions.all
        return policy.may_pause(asking.person, sessions=sessions, machine=self._context.machine)

    async def _wake(self, asking: Asking) -> Answer:
        await self._context.sessions.refresh_lid()
        sessions = self._context.sessions.all
        self._decide(
            policy.may_wake(asking.person, sessions=sessions, machine=self._context.machine)
        )
        self._wake_user(await context.name_of(asking.caller.uid))
        return ()

    async def _set_unlocking(self, asking: Asking, on: bool) -> Answer:
        await self._authorise(asking, self._may_switch(asking, on=on))
        # A dialogue takes its time: the world may be another one now.
        self._may_switch(asking, on=on)
        username = await self._own_name(asking)
        await self._context.switch(username, on=on)
        fields = {"user": username, "requester": asking.described("")}
        self._context.audit.record(f"{username}: unlocking is {'on' if on else 'off'}", fields)
        return ()

    def _may_switch(self, asking: Asking, *, on: bool) -> policy.Decision | Ask:
        sessions, machine = self._context.sessions.all, self._context.machine
        decision = policy.may_switch(asking.person, on=on, sessions=sessions, machine=machine)
        if isinstance(decision, Denied):
            raise refused(decision)
        return decision

    async def _history(self, asking: Asking, options: Values) -> Answer:
        username = str(options.get("username", ""))
        own = await context.name_of(asking.caller.uid)
        if username not in ("", own) and asking.caller.uid != policy.ROOT:
            raise RefusalError(Error.NOT_PERMITTED, "only root may read the history of others")
        most = int(options.get("most", api.MOST_DECISIONS))
        return ([one.values for one in self._context.records.history.of(username or own, most)],)

    async def _own_name(self, asking: Asking) -> str:
        name = await context.name_of(asking.caller.uid)
        if not name:
            raise RefusalError(Error.NOT_PERMITTED, "there is no such user")
        return name

    async def _list_users(self, asking: Asking) -> Answer:
        names = await self._context.people.names()
        if asking.caller.uid != policy.ROOT:
            own = await context.name_of(asking.caller.uid)
            names = [name for name in names if name == own]
        return (names,)

    async def _list_appearances(self, asking: Asking, username: str) -> Answer:
        target = await self._target(asking, username, count=False)
        decision = policy.may_list(asking.person, target, machine=self._context.machine)
        await self._authorise(asking, decision)
        appearances = await self._context.people.appearances(target.username)
        uses = await self._context.people.uses(target.username) if appearances else {}
        return (
            [
                self._appearance(appearance, uses.get(key_of(appearance)))
                for appearance in appearances
            ],
        )

    def _appearance(self, appearance: Appearance, use: Use | None) -> Values:
        known = {
            "quality": appearance.quality,
            "last-used": None if use is None else use.last,
        }
        return {
            "name": appearance.name,
            "created": appearance.created,
            "model": appearance.model_id,
            "pictures": len(appearance.embeddings),
            "usable": self._context.model_id in ("", appearance.model_id),
            "adapted": len(appearance.adapted),
            "uses": 0 if use is None else use.count,
            **{name: value for name, value in known.items() if value is not None},
        }

    async def _remove_appearance(self, asking: Asking, username: str, appearance: str) -> Answer:
        appearance = checked_name(appearance, "look's name")
        target = await self._may_edit(asking, username)
        await self._context.people.remove_appearance(target.username, appearance)
        await self._edited(asking, target, f"look {appearance!r} removed")
        return ()

    async def _rename_appearance(
        self, asking: Asking, username: str, appearance: str, new: str
    ) -> Answer:
        appearance, new = checked_name(appearance, "look's name"), checked_name(new, "look's name")
        target = await self._may_edit(asking, username)
        await self._context.people.rename_appearance(target.username, appearance, new)
        await self._edited(asking, target, f"look {appearance!r} renamed to {new!r}")
        return ()

    async def _revert_appearance(self, asking: Asking, username: str, appearance: str) -> Answer:
        appearance = checked_name(appearance, "look's name") if appearance else ""
        target = await self._may_edit(asking, username)
        await self._context.people.revert(target.username, appearance)
        which = f"look {appearance!r}" if appearance else "every look"
        await self._edited(asking, target, f"{which} is as it was enrolled")
        return ()

    async def _remove_user(self, asking: Asking, username: str) -> Answer:
        target = await self._may_edit(asking, username)
        removal = await self._context.people.remove(target.username)
        self._context.forget(target.username)
        await self._edited(asking, target, "everything removed")
        return [str(file) for file in removal.files], list(removal.doubts)

    async def _may_edit(self, asking: Asking, username: str) -> Target:
        target = await self._target(asking, username, count=False)
        decision = policy.may_edit(asking.person, target, machine=self._context.machine)
        await self._authorise(asking, decision)
        return target

    async def _edited(self, asking: Asking, target: Target, what: str) -> None:
        """Running looks have the old templates: they end."""
        self._requests.templates_changed(target.username)
        self.edited(target.username)
        fields = {"user": target.username, "requester": asking.described("")}
        self._context.audit.record(f"{target.username}: {what}", fields)
        self._context.changed()

    async def _start_enrol(
        self, asking: Asking, username: str, appearance: str, options: Values
    ) -> Answer:
        appearance = checked_name(appearance, "look's name")
        target = await self._target(asking, username, count=False)
        await self._context.sessions.refresh_lid()
        self._may_enrol(asking, target)
        await self._context.people.check_new_appearance(
            target.username, appearance, replace=bool(options.get("replace", False))
        )
        await self._authorise(asking, self._may_enrol(asking, target))
        # A dialogue takes its time: the world may be another one now.
        self._may_enrol(asking, target)
        return (self._requests.enrol(asking, target, appearance, options),)

    def _may_enrol(self, asking: Asking, target: Target) -> policy.Decision | Ask:
        decision = policy.may_enrol(
            asking.person,
            target,
            sessions=self._context.sessions.all,
            machine=self._context.machine,
        )
        if isinstance(decision, Denied):
            raise refused(decision)
        return decision

    async def _stop_enrol(self, asking: Asking, number: int) -> Answer:
        self._requests.stop_enrol(asking.caller.name, number)
        return ()

    async def _open_preview(self, asking: Asking, number: int) -> Answer:
        return (self._requests.preview(asking.caller.name, number),)

    async def _subscribe(self, asking: Asking) -> Answer:
        name = asking.caller.name
        username = await context.name_of(asking.caller.uid)
        mine = sum(one == username for one in self._subscribers.values())
        full = mine >= _MOST_SUBSCRIBERS_EACH or len(self._subscribers) >= _MOST_SUBSCRIBERS
        if name not in self._subscribers and full:
            raise RefusalError(Error.TOO_MANY_REQUESTS, "too many clients want to be told")
        self._subscribers[name] = username
        return ()

    async def _unsubscribe(self, asking: Asking) -> Answer:
        self._subscribers.pop(asking.caller.name, None)
        return ()

    async def _reload(self, asking: Asking) -> Answer:
        await self._authorise(
            asking, policy.may_reload(asking.person, machine=self._context.machine)
        )
        self._reread()
        return ()

    async def _target(self, asking: Asking, username: str, *, count: bool = True) -> Target:
        """The user asked about; `count` reads how many looks there are."""
        own = await context.name_of(asking.caller.uid)
        name = checked_name(username, "login name") if username else own
        uid = asking.caller.uid if name == own and own else await context.uid_of(name)
        permitted = asking.caller.uid in (policy.ROOT, uid)
        # Nothing about another user is even looked up for somebody who may not ask.
        if not count or not permitted:
            return Target(name, uid)
        return await self._context.target(name, uid)

    async def _authorise(self, asking: Asking, decision: policy.Decision | Ask) -> None:
        if isinstance(decision, Ask):
            yes = await self._authority.allows(
                asking.caller, decision.action, interactive=asking.interactive
            )
            if not yes:
                raise RefusalError(Error.NOT_AUTHORIZED, "polkit does not allow it")
            if self._context.stopping:
                raise RefusalError(Error.STOPPING, "the service is ending")
        else:
            self._decide(decision)

    def _decide(self, decision: policy.Decision) -> None:
        if not isinstance(decision, Allowed):
            raise refused(decision)


def refused(denied: Denied) -> RefusalError:
    """A policy's no as a refusal."""
    return RefusalError(denied.error, denied.reason, denied.hint)

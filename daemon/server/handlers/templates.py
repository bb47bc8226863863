"""ListUsers, RemoveUser and the methods about appearances: what is stored of whom."""

from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from daemon import policy
from daemon.api import Event
from daemon.policy import Target
from daemon.server.handlers.access import Access
from daemon.state.context import Context, Tell
from daemon.state.requester import Requester
from daemon.state.templates import checked_name
from daemon.state.users import name_of
from daemon.system.tasks import Tasks
from enroll.store.store import Removal
from enroll.store.usage import Use, key_of
from enroll.template import Appearance

Answer = tuple[Any, ...]
_T = TypeVar("_T")


class TemplateHandlers:
    """Lists and changes templates; who may is the policy's and polkit's to say."""

    def __init__(self, context: Context, access: Access, *, tell: Tell) -> None:
        self._context = context
        self._access = access
        self._tell = tell
        self._tasks = Tasks()

    async def list_users(self, requester: Requester) -> Answer:
        """Who is enrolled: everybody for root, else the caller's own user alone."""
        if requester.caller.uid == policy.ROOT:
            return (await self._context.templates.names(),)
        own = await name_of(requester.caller.uid)
        # Nothing about others is even read for somebody who may not hear it.
        enrolled = bool(own) and bool(await self._context.templates.appearances(own))
        return ([own] if enrolled else [],)

    async def list_appearances(self, requester: Requester, username: str) -> Answer:
        """The appearances of a user, each with how often it was used."""
        target = await self._access.target(requester, username, count=False)
        await self._access.authorise(
            requester, lambda caller: policy.may_list(caller, target, machine=self._context.machine)
        )
        templates = self._context.templates
        appearances = await templates.appearances(target.username)
        uses = await templates.uses(target.username) if appearances else {}
        return ([self._described(one, uses.get(key_of(one))) for one in appearances],)

    async def remove_appearance(
        self, requester: Requester, username: str, appearance: str
    ) -> Answer:
        """Removes every appearance of that name."""
        appearance = checked_name(appearance, "appearance's name")
        target = await self._may_edit(requester, username)
        change = self._context.templates.remove_appearance(target.username, appearance)
        await self._edit(requester, target, change, f"appearance {appearance!r} removed")
        return ()

    async def rename_appearance(
        self, requester: Requester, username: str, appearance: str, new: str
    ) -> Answer:
        """Gives an appearance another name."""
        appearance = checked_name(appearance, "appearance's name")
        new = checked_name(new, "appearance's name")
        target = await self._may_edit(requester, username)
        change = self._context.templates.rename_appearance(target.username, appearance, new)
        words = f"appearance {appearance!r} renamed to {new!r}"
        await self._edit(requester, target, change, words)
        return ()

    async def revert_appearance(
        self, requester: Requester, username: str, appearance: str
    ) -> Answer:
        """Forgets what an appearance, or all of them, learnt after the enrolment."""
        appearance = checked_name(appearance, "appearance's name") if appearance else ""
        target = await self._may_edit(requester, username)
        change = self._context.templates.revert(target.username, appearance)
        which = f"appearance {appearance!r}" if appearance else "every appearance"
        await self._edit(requester, target, change, f"{which} is as it was enrolled")
        return ()

    async def remove_user(self, requester: Requester, username: str) -> Answer:
        """Removes everything of a user; the files that are gone, and what may be left."""
        target = await self._may_edit(requester, username)
        change = self._remove(target.username)
        removal = await self._edit(requester, target, change, "everything removed")
        return [str(file) for file in removal.files], list(removal.doubts)

    async def _remove(self, username: str) -> Removal:
        removal = await self._context.templates.remove(username)
        self._context.forget(username)
        return removal

    def _described(self, appearance: Appearance, use: Use | None) -> Mapping[str, Any]:
        known = {
            "quality": appearance.quality,
            "last-used": None if use is None else use.last,
            "camera": appearance.camera or None,
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

    async def _may_edit(self, requester: Requester, username: str) -> Target:
        target = await self._access.target(requester, username, count=False)
        await self._access.authorise(
            requester, lambda caller: policy.may_edit(caller, target, machine=self._context.machine)
        )
        return target

    async def _edit(
        self, requester: Requester, target: Target, change: Awaitable[_T], what: str
    ) -> _T:
        # Whoever asked may leave before it is written: what is there no more must open nothing.
        return await self._tasks.completed(self._edited(requester, target, change, what))

    async def _edited(
        self, requester: Requester, target: Target, change: Awaitable[_T], what: str
    ) -> _T:
        """Running attempts and watches have the old templates: whoever has them is told."""
        changed = await change
        self._context.templates_changed.tell(target.username)
        self._tell(target.username, Event.APPEARANCES_CHANGED, {})
        fields = {"user": target.username, "requester": requester.origin()}
        self._context.audit.record(f"{target.username}: {what}", fields)
        self._context.changed()
        return changed

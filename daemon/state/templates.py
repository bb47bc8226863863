"""The store of templates for the event loop: every access in a thread, one at a time.

A login name is a person's name in the store. What was begun comes to its end, whoever waits for it.
"""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from daemon.api import Error
from daemon.errors import RefusalError
from daemon.system.tasks import Tasks
from enroll.errors import AppearanceExistsError, NoSuchAppearanceError, NotEnrolledError, StoreError
from enroll.store import usage
from enroll.store.binding import login_account
from enroll.store.protection import protection
from enroll.store.store import Removal, TemplateStore
from enroll.store.usage import AppearanceKey, Use
from enroll.template import MOST_APPEARANCES, Appearance, Person, check_name
from models.errors import UsageError

_T = TypeVar("_T")

_WORDS: dict[type[StoreError], Error] = {
    NotEnrolledError: Error.NOT_ENROLLED,
    NoSuchAppearanceError: Error.NO_SUCH_APPEARANCE,
    AppearanceExistsError: Error.APPEARANCE_EXISTS,
}


class Templates:
    """Who is enrolled. Every method raises RefusalError: NOT_ENROLLED, STORE_PROBLEM and such."""

    def __init__(self, folder: Path) -> None:
        self._store = TemplateStore(folder, account=login_account)
        self._lock = asyncio.Lock()
        self._tasks = Tasks()
        self._used: dict[str, dict[AppearanceKey, Use]] = {}

    async def names(self) -> list[str]:
        """Everybody, sorted."""
        return await self._do(self._store.names)

    async def load(self, username: str) -> Person:
        """Raises NOT_ENROLLED where there are no appearances."""
        return await self._do(lambda: self._store.load(username))

    async def others(self, username: str, *, readable: bool = False) -> list[Person]:
        """Everybody else who is enrolled; raises STORE_PROBLEM where one cannot be read.

        With `readable` those are left out: what cannot be read lets nobody in.
        """

        def load() -> list[Person]:
            found = []
            for name in self._store.names():
                with contextlib.suppress(*([StoreError] if readable else [])):
                    found += [self._store.load(name)] if name != username else []
            return found

        return await self._do(load)

    async def appearances(self, username: str) -> tuple[Appearance, ...]:
        """The appearances of a user, none where nobody of that name is enrolled."""
        try:
            return (await self.load(username)).appearances
        except RefusalError as refusal:
            if refusal.error is Error.NOT_ENROLLED:
                return ()
            raise

    async def check_new_appearance(self, username: str, appearance: str, *, replace: bool) -> None:
        """Raises APPEARANCE_EXISTS or TOO_MANY_APPEARANCES where it could not be stored."""
        appearances = await self.appearances(username)
        names = {one.name for one in appearances}
        if appearance in names and not replace:
            raise RefusalError(
                Error.APPEARANCE_EXISTS,
                f"there is an appearance {appearance!r} already",
                "choose another name, or replace it",
            )
        if appearance not in names and len(appearances) >= MOST_APPEARANCES:
            raise RefusalError(
                Error.TOO_MANY_APPEARANCES, "there are too many appearances", "remove one"
            )

    async def add(self, username: str, appearance: Appearance) -> None:
        """Stores an appearance, in place of one of the same name and model."""
        await self._do(lambda: self._store.add_appearance(username, appearance))
        self._used.get(username, {}).pop(usage.key_of(appearance), None)

    async def remove_appearance(self, username: str, appearance: str) -> None:
        """Removes every appearance of that name; the last one takes the person with it."""
        await self._do(lambda: self._store.remove_appearance(username, appearance))
        if username in self._used:
            kept = self._used[username].items()
            self._used[username] = {one: use for one, use in kept if one[0] != appearance}

    async def rename_appearance(self, username: str, appearance: str, new: str) -> None:
        """Gives an appearance another name."""
        await self.keep_uses(username)
        await self._do(lambda: self._store.rename_appearance(username, appearance, new))

    async def revert(self, username: str, appearance: str) -> None:
        """Forgets what was adapted in one appearance, or in all for ""."""
        await self._do(lambda: self._store.revert(username, appearance or None))

    async def change(self, username: str, change: Callable[[Person], Person]) -> Person:
        """Writes what `change` makes of a person, and returns it."""
        return await self._do(lambda: self._store.change(username, change))

    async def remove(self, username: str) -> Removal:
        """Removes everything of a user."""
        self._used.pop(username, None)
        return await self._do(lambda: self._store.remove(username))

    async def protection(self) -> str:
        """What the seal of the templates protects, in words; or why that cannot be said."""
        try:
            kind = await self._do(self._store.key_kind)
        except RefusalError as refusal:
            return f"unknown: {refusal}"
        return protection(kind, bound=self._store.bound)

    def used(self, username: str, appearance: AppearanceKey, when: str) -> None:
        """Counts a use, in memory: the disk is told by `keep_uses`."""
        mine = self._used.setdefault(username, {})
        mine[appearance] = usage.counted(mine.get(appearance), times=1, last=when)

    async def uses(self, username: str) -> dict[AppearanceKey, Use]:
        """How often each appearance of a user let them in."""
        stored = await self._do(lambda: self._store.uses(username))
        return usage.together(stored, self._used.get(username, {}))

    async def keep_uses(self, username: str | None = None) -> None:
        """Writes the counts of one user, or of everybody; those that were lost are not missed."""
        for name in list(self._used) if username is None else [username]:
            mine = self._used.pop(name, None)
            if mine:
                await self._do(partial(self._add_uses, name, mine))

    def _add_uses(self, username: str, mine: dict[AppearanceKey, Use]) -> None:
        stored = self._store.uses(username)
        self._store.keep_uses(username, usage.together(stored, mine))

    async def _do(self, work: Callable[[], _T]) -> _T:
        await self._lock.acquire()
        # A thread is not cancelled with whoever waits for it: until it has ended, no other begins.
        return await asyncio.shield(self._tasks.spawn(self._holding_lock(work)))

    async def _holding_lock(self, work: Callable[[], _T]) -> _T:
        try:
            return await asyncio.to_thread(work)
        except StoreError as error:
            word = _WORDS.get(type(error), Error.STORE_PROBLEM)
            raise RefusalError(word, error.message, error.hint) from error
        except UsageError as error:
            raise RefusalError(Error.INVALID_ARGUMENTS, error.message, error.hint) from None
        finally:
            self._lock.release()


def checked_name(name: str, what: str) -> str:
    """`name` as the store keeps it; raises INVALID_ARGUMENTS."""
    try:
        return check_name(name, what=what)
    except UsageError as error:
        raise RefusalError(Error.INVALID_ARGUMENTS, error.message, error.hint) from None

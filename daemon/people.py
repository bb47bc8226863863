"""The store of templates for the event loop: every access in a thread, one at a time.

A login name is a person's name in the store.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from daemon.contract import Error
from daemon.refusal import RefusalError
from enroll.errors import NotEnrolledError, StoreError
from enroll.store import TemplateStore
from enroll.template import MOST_LOOKS, Look, Person, check_name
from models.errors import UsageError

_T = TypeVar("_T")


class People:
    """Who is enrolled. Every method raises RefusalError: NOT_ENROLLED, STORE_PROBLEM and such."""

    def __init__(self, folder: Path) -> None:
        self._store = TemplateStore(folder)
        self._lock = asyncio.Lock()

    async def names(self) -> list[str]:
        """Everybody, sorted."""
        return await self._do(self._store.names)

    async def load(self, username: str) -> Person:
        """Raises NOT_ENROLLED where there are no looks."""
        return await self._do(lambda: self._store.load(username))

    async def looks(self, username: str) -> tuple[Look, ...]:
        """The looks of a user, none where nobody of that name is enrolled."""
        try:
            return (await self.load(username)).looks
        except RefusalError as refusal:
            if refusal.error is Error.NOT_ENROLLED:
                return ()
            raise

    async def check_new_look(self, username: str, look: str, *, replace: bool) -> None:
        """Raises LOOK_EXISTS or TOO_MANY_LOOKS where `look` could not be stored."""
        looks = await self.looks(username)
        names = {one.name for one in looks}
        if look in names and not replace:
            raise RefusalError(
                Error.LOOK_EXISTS,
                f"there is a look {look!r} already",
                "choose another name, or replace it",
            )
        if look not in names and len(looks) >= MOST_LOOKS:
            raise RefusalError(Error.TOO_MANY_LOOKS, "there are too many looks", "remove one")

    async def add(self, username: str, look: Look) -> None:
        """Stores a look, in place of one of the same name and model."""
        await self._do(lambda: self._store.add_look(username, look))

    async def remove_look(self, username: str, look: str) -> None:
        """Removes every look of that name; the last one takes the person with it."""
        await self._do(lambda: self._without(username, look))

    async def rename_look(self, username: str, look: str, new: str) -> None:
        """Gives a look another name."""
        await self._do(lambda: self._renamed(username, look, new))

    async def remove(self, username: str) -> None:
        """Removes everything of a user."""
        await self._do(lambda: self._store.remove(username))

    def _without(self, username: str, look: str) -> None:
        person = self._store.load(username)
        kept = tuple(one for one in person.looks if one.name != look)
        if len(kept) == len(person.looks):
            raise _no_look(look)
        if kept:
            self._store.save(Person(username, kept))
        else:
            self._store.remove(username)

    def _renamed(self, username: str, look: str, new: str) -> None:
        person = self._store.load(username)
        if not any(one.name == look for one in person.looks):
            raise _no_look(look)
        if new != look and any(one.name == new for one in person.looks):
            raise RefusalError(Error.LOOK_EXISTS, f"there is a look {new!r} already")
        looks = (replace(one, name=new) if one.name == look else one for one in person.looks)
        self._store.save(Person(username, tuple(looks)))

    async def _do(self, work: Callable[[], _T]) -> _T:
        async with self._lock:
            try:
                return await asyncio.to_thread(work)
            except NotEnrolledError as error:
                raise RefusalError(Error.NOT_ENROLLED, error.message, error.hint) from None
            except StoreError as error:
                raise RefusalError(Error.STORE_PROBLEM, error.message, error.hint) from error
            except UsageError as error:
                raise RefusalError(Error.INVALID_ARGUMENTS, error.message, error.hint) from None


def checked_name(name: str, what: str) -> str:
    """`name` as the store keeps it; raises INVALID_ARGUMENTS."""
    try:
        return check_name(name, what=what)
    except UsageError as error:
        raise RefusalError(Error.INVALID_ARGUMENTS, error.message, error.hint) from None


def _no_look(look: str) -> RefusalError:
    return RefusalError(Error.NO_SUCH_LOOK, f"there is no look {look!r}")

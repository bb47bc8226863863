"""Users of the system, by number and by login name. In a thread: it may ask a directory."""

import asyncio
import pwd
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """A user by number, and the name that was asked about: there may be others of that number."""

    uid: int
    name: str


async def uid_of(username: str) -> int | None:
    """The user's number, None where there is no such user."""

    def look_up() -> int | None:
        try:
            return pwd.getpwnam(username).pw_uid
        except (KeyError, OSError, ValueError):
            return None

    return await asyncio.to_thread(look_up)


async def name_of(uid: int) -> str:
    """The login name of a user, "" where there is none."""

    def look_up() -> str:
        try:
            return pwd.getpwuid(uid).pw_name
        except (KeyError, OSError):
            return ""

    return await asyncio.to_thread(look_up)

"""Who wants to be let in: each user's own switch. Pure.

Off means that no session of that user is unlocked unasked; whoever asks to be recognised still is.
What is restored from a file is checked as if a stranger had written it, and a doubt is off.
"""

from typing import Any

from models.errors import UsageError

MOST_USERS = 4096
_LONGEST_USERNAME = 256
_VERSION = 1


class Switches:
    """On or off by login name; `others` is what holds for those who never said."""

    def __init__(self, *, others: bool = True) -> None:
        self._others = others
        self._users: dict[str, bool] = {}

    @classmethod
    def restore(cls, data: object) -> tuple["Switches", str]:
        """What `to_dict` gave, and what was wrong with it; None is nobody has said anything yet.

        Who had switched off is unknown where it is damaged: everybody is off until they say so.
        """
        if data is None:
            return cls(), ""
        try:
            others, users = _parts(data)
        except UsageError as error:
            return cls(others=False), str(error)
        switches = cls(others=others)
        switches._users = users
        return switches, ""

    def on(self, username: str) -> bool:
        """Whether sessions of this user may be unlocked unasked."""
        return self._users.get(username, self._others)

    def set(self, username: str, *, on: bool) -> None:
        """Switches. Raises UsageError for more users than a machine has."""
        if username not in self._users and len(self._users) >= MOST_USERS:
            raise UsageError("switches of too many users")
        self._users[username] = on

    def forget(self, username: str) -> None:
        """The user was removed; whoever enrols next under that name starts as anybody else."""
        self._users.pop(username, None)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a file."""
        return {"version": _VERSION, "others": self._others, "users": dict(self._users)}


def _parts(data: object) -> tuple[bool, dict[str, bool]]:
    if not isinstance(data, dict) or data.keys() != {"version", "others", "users"}:
        raise _damaged()
    others, users = data["others"], data["users"]
    if data["version"] != _VERSION or not isinstance(others, bool) or not isinstance(users, dict):
        raise _damaged()
    names_fit = all(isinstance(one, str) and 1 <= len(one) <= _LONGEST_USERNAME for one in users)
    if len(users) > MOST_USERS or not names_fit:
        raise _damaged()
    if not all(isinstance(one, bool) for one in users.values()):
        raise _damaged()
    return others, dict(users)


def _damaged() -> UsageError:
    return UsageError(
        "the record of who wants to be let in is damaged",
        "nobody is let in until they switch it on again",
    )

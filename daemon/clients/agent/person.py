"""The name that the agent's own user is called by."""

import os
import pwd

from models.text import one_line

_LONGEST = 64


def real_name() -> str:
    """The person's name from the user database, else the login name."""
    try:
        entry = pwd.getpwuid(os.getuid())
    except KeyError:
        return ""
    return name_of(entry.pw_gecos, entry.pw_name)


def name_of(gecos: str, login: str) -> str:
    """The name in a GECOS field: what stands before its first comma, printable, not too long.

    An `&` in it stands for the login name, by an old custom.
    """
    name = gecos.partition(",")[0].replace("&", login.capitalize())
    return one_line(name, _LONGEST) or login[:_LONGEST]

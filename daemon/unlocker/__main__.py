"""`python -m daemon.unlocker`: the unlocker, started by its socket; takes no argument."""

import pwd
import sys
from functools import partial
from pathlib import Path

from daemon import config
from daemon.system.sockets import handed_over
from daemon.unlocker.logind_now import LogindNow
from daemon.unlocker.program import Outside, Server, Unlocker
from daemon.unlocker.rules import Permission
from daemon.unlocker.user_unit import unlock_as
from models.errors import FacelatchError

SERVICE_USER = "facelatch"
"""Who may ask."""


def main() -> int:
    """Exit code: 0 once nobody needs it any more."""
    listening = handed_over()
    if listening is None:
        _say("the unlocker is started by systemd's facelatch-unlocker.socket")
        return 2
    try:
        peer = pwd.getpwnam(SERVICE_USER).pw_uid
        with listening:
            outside = Outside(
                LogindNow(), partial(permission_of, config.DEFAULT_FILE), unlock_as, _say
            )
            Server(listening, Unlocker(outside), peer=peer).run()
    except (FacelatchError, KeyError) as error:
        _say(str(error))
        return 1
    return 0


def permission_of(file: Path, username: str) -> Permission:
    """Read anew for each request: what root took away holds at once. Raises ConfigError."""
    unlock = config.load_unlock(file)
    if not (unlock.enabled and unlock.lets(username)):
        return Permission()
    return Permission(unlock.methods_of(username), unlock.without_hint)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())

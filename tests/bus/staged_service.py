"""The real service, held at moments of an attempt: `python -m tests.bus.staged_service daemon ...`.

See `tests.bus.moments`.
"""

import sys

import daemon.app
from daemon.clients.cli.main import main
from daemon.system.sessions import Session
from daemon.unlocking.unlocker_client import UnlockerClient
from tests.bus.moments import reach


class _Held(UnlockerClient):
    async def unlock(self, session: Session) -> str:
        reach("matched")
        done = await super().unlock(session)
        reach("unlocked")
        return done


if __name__ == "__main__":
    vars(daemon.app)["UnlockerClient"] = _Held
    sys.exit(main())

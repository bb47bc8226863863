"""The real unlocker on a bus of the tests': `python -m tests.bus.unlocker BUS CONFIG`.

Its socket is descriptor 3.

The tests may run as root, whose sessions it never unlocks: here root passes for an ordinary user,
on both sides of the question alike.
"""

import os
import socket
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from daemon.system.sessions import Session
from daemon.unlocker.__main__ import permission_of
from daemon.unlocker.logind_now import LogindNow
from daemon.unlocker.program import Outside, Server, Unlocker
from daemon.unlocker.protocol import Answer, MessageError, Request
from daemon.unlocker.user_unit import unlock_as
from tests.bus.moments import reach

_STANDS_FOR_ROOT = 4242


class _LogindNow(LogindNow):
    def read(self, session_id: str) -> Session | None:
        session = super().read(session_id)
        reach("asking")
        return None if session is None else replace(session, uid=session.uid or _STANDS_FOR_ROOT)

    def unlock(self, session_id: str) -> None:
        reach("unlocking")
        super().unlock(session_id)
        reach("answering")


class _Unlocker(Unlocker):
    def answer(self, message: bytes) -> Answer:
        try:
            request = Request.unpack(message)
        except MessageError:
            return super().answer(message)
        return super().answer(replace(request, uid=request.uid or _STANDS_FOR_ROOT).pack())


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _main(address: str, config: Path) -> None:
    outside = Outside(
        _LogindNow(address),
        partial(permission_of, config),
        unlock_as,
        _say,
    )
    with socket.socket(fileno=3) as listening:
        Server(listening, _Unlocker(outside), peer=os.getuid(), idle_seconds=600.0).run()


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))

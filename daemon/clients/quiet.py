"""`python -I -m daemon.clients.quiet SECONDS`: returns once nobody is recognised or enrolled.

For whatever stops the service to put another version in its place: an attempt that runs would be
cut, and a person before the camera told no. It waits for so long at most, and never fails: a
service that is not there is quiet.
"""

import sys
import time
from collections.abc import Callable

from daemon.api import State
from daemon.clients.dbus_client import Client
from models.errors import FacelatchError

LONGEST_SECONDS = 60.0
"""As long as an enrolment takes where nothing is said: see `api.ENROL_OPTIONS`."""
_EACH_SECONDS = 0.25
_BUSY = (State.LOOKING, State.ENROLLING)


def wait(
    state: Callable[[], str],
    *,
    seconds: float = LONGEST_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], object] = time.sleep,
    say: Callable[[str], object] = lambda _: None,
) -> bool:
    """Whether the service became quiet within `seconds`. `state` gives the property State; where
    it raises FacelatchError there is no service, or none that answers.
    """
    deadline, said = clock() + seconds, False
    while True:
        try:
            if state() not in _BUSY:
                return True
        except FacelatchError:
            return True
        if clock() >= deadline:
            return False
        if not said:
            say(f"somebody is before the camera; waiting, {seconds:g} s at most")
            said = True
        pause(_EACH_SECONDS)


def wait_for_service(seconds: float = LONGEST_SECONDS) -> bool:
    """The same of the service on the system bus."""
    try:
        with Client() as client:
            if not client.running:
                return True
            return wait(lambda: str(client.property("State")), seconds=seconds, say=_say)
    except FacelatchError:
        return True


def _say(line: str) -> None:
    sys.stderr.write(f"facelatch: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    wait_for_service(float(sys.argv[1]) if sys.argv[1:] else LONGEST_SECONDS)

"""Where a person sits by PAM's word: at a terminal here, or at another machine."""

import pytest

from daemon.api import Error
from daemon.policy import Caller, Conversation, Denied
from daemon.policy.where import when_typed_elsewhere
from tests.daemon.policy.scenes import (
    ADA,
    BOB,
    BOBS,
    HERE,
    ROOT,
    SSH,
    SUDO_ON_DESKTOP,
    TARGET,
    Session,
)

SUDO = Caller(ROOT, HERE)
AT_TERMINAL = Conversation(tty="/dev/pts/3")


def test_at_a_terminal_of_a_user_without_remote_sessions() -> None:
    assert when_typed_elsewhere(SUDO, TARGET, (HERE, BOBS), AT_TERMINAL) is None


@pytest.mark.parametrize("host", ["far.example.org", "localhost", "::1", "ssh"])
def test_from_another_machine(host: str) -> None:
    denied = when_typed_elsewhere(SUDO, TARGET, (HERE,), Conversation(remote_host=host))
    assert isinstance(denied, Denied)
    assert denied.error is Error.REMOTE_SESSION


@pytest.mark.parametrize("caller", [SUDO, SUDO_ON_DESKTOP, Caller(ADA, HERE)])
def test_a_terminal_may_be_shown_in_a_remote_session(caller: Caller) -> None:
    denied = when_typed_elsewhere(caller, TARGET, (HERE, SSH), AT_TERMINAL)
    assert isinstance(denied, Denied)
    assert denied.error is Error.REMOTE_SESSION
    # What has no terminal, such as a dialogue, is on the screen that it is asked from.
    assert when_typed_elsewhere(caller, TARGET, (HERE, SSH), Conversation()) is None


def test_whose_remote_session_counts() -> None:
    bobs = Session(id="ssh", uid=BOB, seat="", remote=True)
    assert when_typed_elsewhere(SUDO, TARGET, (HERE, bobs), AT_TERMINAL) is None
    # Bob asks for ada's face (su): his terminal may be shown where he is.
    asking = Caller(ROOT, BOBS)
    assert when_typed_elsewhere(asking, TARGET, (BOBS, bobs), AT_TERMINAL) is not None

"""Asks the service, within a time that nothing can stretch."""

import os
import signal
import time
from collections.abc import Callable, Mapping

from daemon.clients.pam.bus import ERROR, METHOD_RETURN, SYSTEM_BUS, BusError, Connection, Message
from daemon.clients.pam.facts import Facts, UnusableError, check_consent

# Of daemon.api, whose import takes longer than all of this; a test compares them.
NAME = "org.facelatch.Facelatch1"
PATH = "/org/facelatch/Facelatch1"
MATCHED = "matched"

ACCOUNT_SECONDS = 10.0
_LAST_WORDS_SECONDS = 0.2
"""Before the end, so that a line can be said."""
_ANSWER_SECONDS = 0.8
"""Of them the service may take so many beside the attempt: a busy machine needs some."""
_LONGEST_COMMAND = 1 << 16
ABSENT = "the service of Facelatch does not run"
WHY_NOT = {
    "not-recognised": "not recognised",
    "no-face": "nobody was in the picture",
    "no-usable-face": "the picture of the face was not good enough",
    "too-few-frames": "the face was seen for too short a time",
    "not-live": "not recognised",
    "liveness-unclear": "nobody can tell whether the face is a living one",
    "challenge-failed": "what was asked of the face was not done in time",
    "no-frames": "the camera gives no picture",
    "camera-busy": "another program has the camera",
    "no-camera": "there is no camera",
    "camera-lost": "the camera has gone",
    "asleep": "the machine is going to sleep",
    "lid-closed": "the lid is closed",
    "inactive-session": "the session is not on the screen",
    "paused": "recognition is paused",
    "attempts-paused": "too many attempts failed",
    "locked-out": "too many attempts failed; the password is needed once",
    "not-enrolled": "no face is enrolled",
    "no-model": "the networks are not installed",
    "stopping": "the service of Facelatch is ending",
}
"""A person's words for those of daemon.api.Reason."""


def end_within(seconds: float) -> None:
    """The kernel ends this process after `seconds`, whatever it does then."""
    # Whoever runs us may have them ignored or blocked.
    for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM, signal.SIGINT, signal.SIGTERM})
    signal.setitimer(signal.ITIMER_REAL, seconds)


def named(environment: Mapping[bytes, bytes]) -> Facts:
    """What PAM says; raises UnusableError."""
    return Facts(environment)


def recognised(
    environment: Mapping[bytes, bytes],
    seconds: float,
    say: Callable[[str], None],
    address: bytes = SYSTEM_BUS,
) -> bool:
    """Whether the service recognises the user that PAM asks for. `say` gets a line for what is
    happening and one for why not.
    """
    try:
        facts = Facts(environment)
        check_consent(facts, _command_of(os.getppid()))
        left = max(seconds - _LAST_WORDS_SECONDS, seconds / 2)
        problem = _ask(facts, left, say, address)
    except (UnusableError, BusError) as error:
        problem = str(error)
    if problem:
        say(f"no face now: {problem}")
    return not problem


def password_used(facts: Facts, address: bytes = SYSTEM_BUS) -> None:
    """Tells the service that the password of the user was right. A service that does not run, or
    refuses, is none of PAM's business.
    """
    try:
        connection = Connection(time.monotonic() + ACCOUNT_SECONDS, address)
        try:
            owner = connection.owner(NAME)
            if owner:
                connection.call(NAME, PATH, "PasswordUsed", facts.username, sender=owner)
        finally:
            connection.close()
    except BusError:
        return


def _ask(facts: Facts, seconds: float, say: Callable[[str], None], address: bytes) -> str:
    """Why not, "" for a match."""
    connection = Connection(time.monotonic() + seconds, address)
    try:
        owner = connection.owner(NAME)
        if not owner:
            return ABSENT
        options = {
            "service": facts.service,
            "tty": facts.tty,
            "remote-host": facts.host,
            "seconds": max(seconds - _ANSWER_SECONDS, seconds / 2),
        }
        arguments = (facts.username, options)
        reply = connection.call(NAME, PATH, "StartVerify", *arguments, sender=owner)
        if reply.kind == ERROR:
            return _refusal(reply)
        if reply.kind != METHOD_RETURN or len(reply.body) != 1 or type(reply.body[0]) is not int:
            raise BusError("the service of Facelatch says nonsense")
        say("looking for your face; Ctrl+C ends it")
        return _end(connection, owner, reply.body[0])
    finally:
        connection.close()


def _end(connection: Connection, owner: str, number: int) -> str:
    """Why the attempt `number` is no match, "" for a match."""

    def concerns_us(message: Message) -> bool:
        if message.member == "NameOwnerChanged":
            gone = message.body[:1] == [NAME] and message.body[2:] != [owner]
            return gone and message.sender == "org.freedesktop.DBus"
        ours = message.sender == owner and message.interface == NAME
        return ours and message.member == "VerifyFinished" and message.body[:1] == [number]

    message = connection.signal(concerns_us)
    if message.member == "NameOwnerChanged":
        return "the service of Facelatch has ended"
    if message.body[1:2] == [MATCHED]:
        return ""
    reason = message.body[2] if len(message.body) > 2 else ""
    return WHY_NOT.get(str(reason), "nobody could tell who it is")


def _refusal(reply: Message) -> str:
    if str(reply.error).startswith("org.freedesktop.DBus.Error."):
        return ABSENT
    return str(reply.body[0]) if reply.body else "the service says no"


def _command_of(pid: int) -> list[bytes]:
    """The command line of a process; raises UnusableError where it cannot be read."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as stream:  # noqa: PTH123 - pathlib is slow
            content = stream.read(_LONGEST_COMMAND + 1)
    except OSError:
        raise UnusableError("nobody can tell which program asks") from None
    return content.split(b"\0")

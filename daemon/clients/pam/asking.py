"""Asks the service, within a time that nothing can stretch."""

import os
import signal
import time
from collections.abc import Callable, Mapping

from daemon.clients.pam.bus import ERROR, METHOD_RETURN, SYSTEM_BUS, BusError, Connection, Message
from daemon.clients.pam.facts import (
    SHOWING_SERVICES,
    TERMINAL_SERVICES,
    Facts,
    UnusableError,
    check_consent,
)

# Of daemon.api, whose import takes longer than all of this; a test compares them.
NAME = "org.facelatch.Facelatch1"
PATH = "/org/facelatch/Facelatch1"
MATCHED = "matched"

ACCOUNT_SECONDS = 10.0
_LAST_WORDS_SECONDS = 0.2
"""Before the end, so that a line can be said."""
_ANSWER_SECONDS = 0.8
"""Of them the service may take so many beside the attempt: a busy machine needs some."""
_FIRST_SECONDS = 1.0
"""Within which the service says that it is there: it waits for nothing to say so."""
_MOST_PROMPTS = 64
_LINES = 1
"""Where pam_exec reads what is said."""
_LONGEST_COMMAND = 1 << 16
Problem = tuple[str, str]
"""A word for programs, a line for a person."""
ABSENT: Problem = ("no-service", "the service of Facelatch does not run")
WHY_NOT = {
    "not-recognised": "not recognised",
    "no-face": "nobody was in the picture, or the face was covered",
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
    *,
    codes: bool = False,
) -> bool:
    """Whether the service recognises the user that PAM asks for. `say` gets a line for what is
    happening, one for each movement that is asked for, and one for why not. Nothing takes longer
    than `seconds`, movements neither.

    With `codes` a line begins with a word for programs, "come-closer: Come a little closer", and
    what would make the picture better is said too.
    """
    try:
        facts = Facts(environment)
        check_consent(facts, _command_of(os.getppid()))
        left = max(seconds - _LAST_WORDS_SECONDS, seconds / 2)
        problem = _Attempt(facts, left, say, codes=codes).made(address)
    except UnusableError as error:
        problem = ("not-possible", str(error))
    except BusError as error:
        problem = ("no-service", str(error))
    if problem is not None:
        code, text = problem
        say(f"{code}: {text}" if codes else f"no face now: {text}")
    return problem is None


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


class _Attempt:
    """One attempt at recognition, of `seconds`."""

    def __init__(
        self, facts: Facts, seconds: float, say: Callable[[str], None], *, codes: bool = False
    ) -> None:
        self._facts = facts
        self._seconds = seconds
        self._say = say
        self._codes = codes
        self._shown: list[str] = []
        self._asked = False

    def made(self, address: bytes) -> Problem | None:
        """Why not, None for a match."""
        # A lock screen may end its conversation by ending the process that has it.
        connection = Connection(time.monotonic() + self._seconds, address, asker=_LINES)
        try:
            owner = connection.owner(NAME)
            if not owner:
                return ABSENT
            try:
                connection.ping(NAME, PATH, sender=owner, seconds=_FIRST_SECONDS)
            except BusError:
                return "no-service", "the service of Facelatch does not answer"
            reply = connection.call(
                NAME, PATH, "StartVerify", self._facts.username, self._options, sender=owner
            )
            if reply.kind == ERROR:
                return _refusal(reply)
            number = reply.body[0] if len(reply.body) == 1 else None
            if reply.kind != METHOD_RETURN or type(number) is not int:
                raise BusError("the service of Facelatch says nonsense")
            self._begin()
            return self._end(connection, owner, number)
        finally:
            connection.close()

    @property
    def _options(self) -> dict[str, object]:
        return {
            "service": self._facts.service,
            "tty": self._facts.tty,
            "remote-host": self._facts.host,
            "seconds": max(self._seconds - _ANSWER_SECONDS, self._seconds / 2),
            "prompts": self._shows,
        }

    @property
    def _shows(self) -> bool:
        """Whether a person reads what is asked for while there is time to do it."""
        return self._codes or self._facts.service in SHOWING_SERVICES

    def _begin(self) -> None:
        if self._codes:
            self._shown.append("looking")
            self._say("looking: looking for your face")
            return
        at_terminal = self._facts.service in TERMINAL_SERVICES
        self._say("looking for your face" + ("; Ctrl+C ends it" if at_terminal else ""))

    def _end(self, connection: Connection, owner: str, number: int) -> Problem | None:
        """Why the attempt `number` is no match, None for a match."""

        def concerns_us(message: Message) -> bool:
            if message.member == "NameOwnerChanged":
                gone = message.body[:1] == [NAME] and message.body[2:] != [owner]
                return gone and message.sender == "org.freedesktop.DBus"
            ours = message.sender == owner and message.interface == NAME
            told = message.member in ("VerifyProgress", "VerifyFinished")
            return ours and told and message.body[:1] == [number]

        while True:
            try:
                message = connection.signal(concerns_us)
            except BusError:
                # The service gives longer for movements; whoever waits at a prompt does not.
                if self._asked:
                    return "challenge-failed", WHY_NOT["challenge-failed"]
                raise
            if message.member == "NameOwnerChanged":
                return "no-service", "the service of Facelatch has ended"
            if message.member == "VerifyProgress":
                self._show(*message.body[1:3])
                continue
            if message.body[1:2] == [MATCHED]:
                return None
            reason = str(message.body[2]) if len(message.body) > 2 else ""
            if reason in WHY_NOT:
                return reason, WHY_NOT[reason]
            return "not-possible", "nobody could tell who it is"

    def _show(self, word: object = "", details: object = None) -> None:
        """What a challenge asks for, and with codes all that is told; each once in a row."""
        if not isinstance(details, dict) or not isinstance(word, str):
            return
        asked = details.get("challenge") is True and self._shows
        self._asked = self._asked or asked
        known = asked or (self._codes and word.replace("-", "").isalpha())
        if known and self._shown[-1:] != [word] and len(self._shown) < _MOST_PROMPTS:
            self._shown.append(word)
            # Takes longer to load than all the rest: whoever is not asked must not wait for it.
            from enroll.guide import prompts

            sentence = prompts.sentence(word)
            self._say(f"{word}: {sentence}" if self._codes else sentence)


def _refusal(reply: Message) -> Problem:
    name = str(reply.error)
    if name.startswith("org.freedesktop.DBus.Error."):
        return ABSENT
    text = str(reply.body[0]) if reply.body else "the service says no"
    # LidClosed is lid-closed here, as it is where an attempt has begun.
    last = name.rpartition(".")[2]
    return "".join(f"-{one.lower()}" if one.isupper() else one for one in last).strip("-"), text


def _command_of(pid: int) -> list[bytes]:
    """The command line of a process; raises UnusableError where it cannot be read."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as stream:  # noqa: PTH123 - pathlib is slow
            content = stream.read(_LONGEST_COMMAND + 1)
    except OSError:
        raise UnusableError("nobody can tell which program asks") from None
    return content.split(b"\0")

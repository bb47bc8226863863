"""Entry point of `facelatch-pam`: which step of a PAM stack it is run for.

    facelatch-pam typed               exit 0 where the token is empty: somebody pressed Enter alone
    facelatch-pam look SECONDS [codes]
                                      exit 0 where the user was recognised; with codes its lines are
                                      for programs too. A number in place of it, as in older files,
                                      changes nothing
    facelatch-pam account PID STAT    tells the service of a password that was right

The last is run by `facelatch-pam-account` in the background, where there is anything to tell.

Any other exit status is a no. What each needs is imported by it alone: the first runs before every
password.
"""

import os

YES, NO = 0, 1
_LONGEST_SECONDS = 60.0


def main(arguments: list[str]) -> int:
    """The exit status; never raises, for what it says on stderr reaches a person."""
    try:
        if arguments == ["typed"]:
            return _typed()
        if len(arguments) == 3 and arguments[0] == "account":
            return _account(int(arguments[1]), os.fsencode(arguments[2]))
        if len(arguments) in (2, 3) and arguments[0] == "look":
            codes = arguments[2:] == ["codes"]
            if arguments[2:] and not codes and not 0 <= float(arguments[2]) <= _LONGEST_SECONDS:
                raise ValueError("out of bounds")
            return _look(_seconds(arguments[1]), codes=codes)
    except Exception:
        say("no face now: the helper of Facelatch has a fault")
        return NO
    say("no face now: the helper of Facelatch is not called as it should be")
    return NO


def say(line: str) -> None:
    """One line, of what can be printed, for the person."""
    text = "".join(one if one.isprintable() else " " for one in line)[:200]
    try:
        os.write(1, f"{text}\n".encode())
    except OSError:
        return


def _typed() -> int:
    from daemon.clients.pam import token

    if token.is_empty(0):
        token.forget_typed()
        return YES
    token.note_typed()
    return NO


def _account(program: int, stat: bytes) -> int:
    from daemon.clients.pam import token

    if token.take_typed(program, stat):
        from daemon.clients.pam import asking

        # Whoever typed it may press Ctrl+C at what comes after.
        if os.getpgrp() != os.getpid():
            os.setsid()
        asking.end_within(asking.ACCOUNT_SECONDS)
        asking.password_used(asking.named(os.environb))
    return YES


def _look(seconds: float, *, codes: bool) -> int:
    from daemon.clients.pam import asking

    asking.end_within(seconds)
    found = asking.recognised(os.environb, seconds, say, codes=codes)
    return YES if found else NO


def _seconds(word: str) -> float:
    seconds = float(word)
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise ValueError("out of bounds")
    return seconds

"""Entry point of `facelatch-pam`: which step of a PAM stack it is run for.

    facelatch-pam typed               exit 0 where the token is empty: somebody pressed Enter alone
    facelatch-pam look SECONDS        exit 0 where the user was recognised
    facelatch-pam account             tells the service of a password that was right

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
        if arguments == ["account"]:
            return _account()
        if len(arguments) == 2 and arguments[0] == "look":
            return _look(_seconds(arguments[1]))
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


def _account() -> int:
    from daemon.clients.pam import token

    # Whoever typed a password waits for nothing more.
    if token.take_typed() and os.fork() == 0:
        try:
            os.setsid()
            _tell_of_password()
        finally:
            os._exit(0)
    return YES


def _tell_of_password() -> None:
    from daemon.clients.pam import asking

    asking.end_within(asking.ACCOUNT_SECONDS)
    asking.password_used(asking.named(os.environb))


def _look(seconds: float) -> int:
    from daemon.clients.pam import asking

    asking.end_within(seconds)
    return YES if asking.recognised(os.environb, seconds, say) else NO


def _seconds(word: str) -> float:
    seconds = float(word)
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise ValueError("out of bounds")
    return seconds

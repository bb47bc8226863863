"""What PAM says of a conversation, and whether anybody can have pressed Enter in it. Pure."""

from collections.abc import Mapping, Sequence

LONGEST_NAME = 64
LONGEST_HOST = 255
TERMINAL_SERVICES = frozenset({"sudo", "sudo-i", "su", "su-l", "doas", "login"})
"""Whoever these ask types at a terminal."""
SHOWING_SERVICES = TERMINAL_SERVICES | {"kde", "lightdm", "polkit-1"}
"""What they are told by PAM meanwhile, a person reads at once; greeters and lockers differ."""
_SUDO = frozenset({"sudo", "sudo-i"})
_WITH_VALUE = frozenset("aCcDghpRrTtUu")
"""sudo(8): short options that have a value, in the same word or in the next."""
_LONG_WITH_VALUE = (
    "auth-type",
    "chdir",
    "chroot",
    "close-from",
    "command-timeout",
    "group",
    "host",
    "login-class",
    "other-user",
    "prompt",
    "role",
    "type",
    "user",
)
_LONG_BY_PROGRAM = ("askpass", "stdin")


class UnusableError(Exception):
    """No face may be asked for; the text is for a person."""


class Facts:
    """One conversation, every field checked. Raises UnusableError for what is no such thing."""

    __slots__ = ("host", "service", "tty", "username")

    def __init__(self, environment: Mapping[bytes, bytes]) -> None:
        self.username = _text(environment, b"PAM_USER", LONGEST_NAME)
        self.service = _text(environment, b"PAM_SERVICE", LONGEST_NAME)
        self.tty = _text(environment, b"PAM_TTY", LONGEST_NAME)
        self.host = _text(environment, b"PAM_RHOST", LONGEST_HOST)
        if not self.username or not self.service:
            raise UnusableError("PAM does not say who is asked for what")
        # sshd's environment, where a service hands it on.
        if not self.host and (b"SSH_CONNECTION" in environment or b"SSH_CLIENT" in environment):
            self.host = "ssh"


def check_consent(facts: Facts, command: Sequence[bytes]) -> None:
    """Raises UnusableError where the empty line may be a program's: without a terminal, or where
    sudo is told to read it elsewhere. `command` is that of the program that asks PAM.
    """
    if facts.service not in TERMINAL_SERVICES:
        return
    if not _is_terminal(facts.tty):
        raise UnusableError("there is no terminal to press Enter at")
    if facts.service in _SUDO and reads_elsewhere(command):
        raise UnusableError("a program may have pressed Enter")


def reads_elsewhere(command: Sequence[bytes]) -> bool:
    """Whether sudo has --stdin or --askpass: as sudo parses its own options, up to the first word
    that is none.
    """
    words = iter(command[1:])
    for word in words:
        if word[:1] != b"-" and b"=" in word[1:] and b"/" not in word.partition(b"=")[0]:
            continue  # a variable for the command, after which options may follow
        if word in (b"--", b"-") or word[:1] != b"-":
            return False
        if word.startswith(b"--"):
            name, equals, _ = word[2:].decode("utf-8", "replace").partition("=")
            # getopt_long(3) takes what begins like one; a doubt is a yes.
            if any(one.startswith(name) for one in _LONG_BY_PROGRAM):
                return True
            if not equals and any(one.startswith(name) for one in _LONG_WITH_VALUE):
                next(words, b"")
            continue
        found, valued = _short(word[1:].decode("utf-8", "replace"))
        if found:
            return True
        if valued:
            next(words, b"")
    return False


def _short(letters: str) -> tuple[bool, bool]:
    """Whether a word of short options has -S or -A, and whether the next word is a value of it."""
    for index, letter in enumerate(letters):
        last = index + 1 == len(letters)
        # Alone, -h is --help or has the next word for a value: a doubt is a yes.
        if letter in "SA" or (letter == "h" and last):
            return True, False
        if letter in _WITH_VALUE:
            return False, last
    return False, False


def _is_terminal(tty: str) -> bool:
    name = tty.removeprefix("/dev/")
    kind = "pts/" if name.startswith("pts/") else "tty"
    return name.startswith(kind) and name != kind and name.removeprefix(kind).isalnum()


def _text(environment: Mapping[bytes, bytes], name: bytes, longest: int) -> str:
    value = environment.get(name, b"")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if len(text) > longest or not text.isprintable():
        raise UnusableError(f"what PAM says ({name.decode()}) is no name")
    return text

"""What is put into a file of /etc/pam.d, and taken out again byte for byte. Pure.

PAM's own format, pam.conf(5): lines of type, control, module and arguments, `\\` at the end of a
line that goes on, `#` before a comment; Debian's @include beside it.

    typed at once    the first step jumps over the rest: the password goes on untouched
    Enter alone      the service looks; a yes ends the stack, a no ends it too, so that the program
                     asks anew without the delay that an empty password would cost
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from daemon.install.errors import InstallError

LARGEST = 64 * 1024
BEGIN = b"# facelatch: begin (facelatch pam disable takes it away)\n"
END = b"# facelatch: end\n"
_COPY = b"# facelatch: made of "
PROMPT = "Password, or Enter alone to be recognised"

_PASSWORD_MODULES = frozenset(
    {
        "pam_unix",
        "pam_sss",
        "pam_winbind",
        "pam_krb5",
        "pam_ldap",
        "pam_systemd_home",
        "pam_pwdfile",
    }
)
"""They take what was typed before them."""
_MAY_BE_SKIPPED = _PASSWORD_MODULES | {
    "pam_cap",
    "pam_deny",
    "pam_env",
    "pam_faildelay",
    "pam_faillock",
    "pam_fprintd",
    "pam_gnome_keyring",
    "pam_kwallet5",
    "pam_localuser",
    "pam_permit",
    "pam_succeed_if",
    "pam_usertype",
}
"""Beside the password they ask for nothing: who is recognised need not pass them."""
_OF_LOGINS = frozenset({"pam_nologin", "pam_securetty"})
"""They say who may log in now, and where."""
_MOST_INCLUDED = 16
_INCLUDES = frozenset({"include", "substack"})
_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_COPIED = re.compile(re.escape(_COPY) + rb"(/[!-~]+) ([0-9a-f]{64})\n")
_ROOT = re.compile(rb"^(\s*-?\w+\s+)(?:\[[^]\n]*\]|\S+)\s+pam_rootok\.so\b.*$", re.MULTILINE)
_JUMP = re.compile(r"=([0-9]+)")
_HELPER = "facelatch-pam"
_REFUSES = re.compile(r"default=(?:bad|die)")


class State(StrEnum):
    """How a file stands."""

    OFF = "off"
    ON = "on"
    OTHER = "other"
    """On, with other settings than those of now."""
    BROKEN = "broken"
    """Somebody changed what `facelatch pam` put there."""
    REFUSING = "refusing"
    """Lines of somebody's own run the helper, and refuse the password where there is no face."""
    BY_HAND = "by-hand"
    """Such lines, which do not."""
    LOST = "lost"
    """It was on, and the file has been written anew since."""
    OLD = "old"
    """On, in a copy of a file that the distribution has changed since."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What is put in: the helper's path, its time in seconds, whether it waits for Enter, and
    whether anything is said beside the prompt.
    """

    program: str
    seconds: float
    ask: bool = True
    tell: bool = True

    @property
    def auth(self) -> bytes:
        """Above the line that asks for the password."""
        typed, look = self._run("expose_authtok") + " typed", self._look
        if self.ask:
            # Not pam_echo, which says nothing where sudo asks PAM to be silent.
            hint = f"auth [default=ignore] pam_exec.so quiet stdout /bin/echo {PROMPT}"
            lines = [
                *([hint] if self.tell else []),
                f"auth [success=ignore default=3] {typed}",
                f"auth [success=1 default=ignore] {look}",
                "auth requisite pam_deny.so",
                "auth sufficient pam_permit.so",
            ]
        else:
            lines = [
                f"auth [success=ignore default=1] {look}",
                "auth sufficient pam_permit.so",
                f"auth [default=ignore] {typed}",
            ]
        return _block(lines)

    @property
    def alone(self) -> bytes:
        """The whole file of a service that asks for nothing but a face."""
        lines = [
            f"auth [success=1 default=ignore] {self._look} codes",
            "auth requisite pam_deny.so",
            "auth required pam_permit.so",
            "account required pam_permit.so",
        ]
        return _block(lines)

    @property
    def account(self) -> bytes:
        """Reached only after a password that was right, where one was typed."""
        program = f"{self.program}-account"
        return _block([f"account [default=ignore] pam_exec.so quiet seteuid {program}"])

    @property
    def _look(self) -> str:
        return f"{self._run('stdout' if self.tell else '')} look {self.seconds:g}"

    def _run(self, how: str) -> str:
        options = ("pam_exec.so quiet", how, "seteuid", self.program)
        return " ".join(one for one in options if one)


@dataclass(frozen=True, slots=True)
class Origin:
    """The distribution's file that ours is a copy of, and its digest then."""

    path: str
    digest: str


def enabled(
    content: bytes,
    steps: Steps,
    *,
    included: Mapping[str, bytes],
    origin: str = "",
    locker: bool = False,
) -> bytes:
    """The file with our steps. `included` are the other files by name; `origin` is the path that
    `content` was read from, where it is a copy; a `locker` opens what somebody logged in to before.
    Raises InstallError where it would not be safe.
    """
    if len(content) > LARGEST:
        raise InstallError("the file is too large to be one of PAM's")
    plain, kept = disabled(content)
    if plain.startswith(_COPY):
        raise _broken()
    entries = _entries(plain)
    at = _above_jumps(entries, _password(entries, included))
    allowed = _MAY_BE_SKIPPED | _OF_LOGINS if locker else _MAY_BE_SKIPPED
    _refuse_skipped(entries[at:], included, allowed)
    lines = _LINE.findall(plain)
    inserts = [(entries[at].line, steps.auth)]
    accounts = [one.line for one in entries if _has(one, "account", included)]
    if accounts:
        inserts.append((accounts[0], steps.account))
    for line, block in sorted(inserts, reverse=True):
        lines.insert(line, block)
    made = kept or (Origin(origin, hashlib.sha256(plain).hexdigest()) if origin else None)
    head = b"" if made is None else _COPY + f"{made.path} {made.digest}\n".encode()
    return head + b"".join(lines)


def disabled(content: bytes) -> tuple[bytes, Origin | None]:
    """The file without our steps, and what it is a copy of; raises InstallError where somebody
    changed them so that nobody can tell where they end.
    """
    if BEGIN not in content and END not in content:
        return content, None
    origin, kept, inside = None, [], False
    for number, line in enumerate(_LINE.findall(content)):
        if line == BEGIN and not inside:
            inside = True
        elif line == END and inside:
            inside = False
        elif line in (BEGIN, END):
            raise _broken()
        elif number == 0 and (found := _COPIED.fullmatch(line)):
            origin = Origin(found[1].decode(), found[2].decode())
        elif not inside:
            kept.append(line)
    if inside:
        raise _broken()
    return b"".join(kept), origin


def state_of(content: bytes, steps: Steps) -> State:
    """How the file stands against what would be put in now."""
    try:
        plain, _ = disabled(content)
    except InstallError:
        return State.BROKEN
    by_hand = _by_hand(plain)
    if by_hand is not None:
        return by_hand
    blocks = content.count(BEGIN)
    if not blocks:
        return State.OFF
    ours = content == steps.alone or content.count(steps.auth) == 1
    return State.ON if ours and blocks == 1 + content.count(steps.account) else State.OTHER


def asking_root_too(content: bytes) -> bytes:
    """The file for a trial by root, whom pam_rootok would let through unasked."""
    return _ROOT.sub(rb"\1[default=ignore] pam_permit.so", content)


def is_copy(plain: bytes, origin: Origin) -> bool:
    """Whether the rest is what was copied, so that the file can go."""
    return hashlib.sha256(plain).hexdigest() == origin.digest


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of a file: where it begins, its type ("include" for @include), control, module, and
    all of it.
    """

    line: int
    kind: str
    control: str
    module: str
    text: str


def _block(lines: Sequence[str]) -> bytes:
    return BEGIN + "".join(f"{line}\n" for line in lines).encode() + END


def _broken() -> InstallError:
    return InstallError(
        "somebody changed what facelatch had put there",
        "put the copy back that lies in /var/backups/facelatch-pam",
    )


def _entries(content: bytes) -> list[_Entry]:
    found = []
    for number, text in _logical(content):
        words = text.partition("#")[0].split()
        if len(words) == 2 and words[0] == "@include":
            found.append(_Entry(number, "include", "", words[1], text))
        elif len(words) >= 3:
            control, module = _control(words[1:])
            kind = words[0].lstrip("-").lower()
            found.append(_Entry(number, kind, control, module, text))
    return found


def _logical(content: bytes) -> Iterator[tuple[int, str]]:
    """Lines that go on are one; the number is that of the first."""
    begun, text = 0, ""
    for number, raw in enumerate(_LINE.findall(content)):
        line = raw.decode("latin-1").rstrip("\r\n")
        if not text:
            begun = number
        if line.endswith("\\"):
            text += line[:-1] + " "
            continue
        yield begun, text + line
        text = ""
    if text:
        yield begun, text


def _control(words: Sequence[str]) -> tuple[str, str]:
    """The control, which may be several words in brackets, and the name of the module."""
    end = 0
    if words[0].startswith("["):
        while end < len(words) - 1 and not words[end].endswith("]"):
            end += 1
    module = words[end + 1] if end + 1 < len(words) else ""
    return " ".join(words[: end + 1]), module.rpartition("/")[2].removesuffix(".so")


def _flat(
    entry: _Entry, kind: str, included: Mapping[str, bytes], depth: int = 0
) -> Iterator[_Entry]:
    """The lines of `kind` that this one stands for."""
    if entry.kind == "include" or (entry.kind == kind and entry.control in _INCLUDES):
        if depth == _MOST_INCLUDED or entry.module not in included:
            raise InstallError(f"the file {entry.module!r}, which is included, cannot be read")
        for one in _entries(included[entry.module]):
            yield from _flat(one, kind, included, depth + 1)
    elif entry.kind == kind:
        yield entry


def _has(entry: _Entry, kind: str, included: Mapping[str, bytes]) -> bool:
    return any(True for _ in _flat(entry, kind, included))


def _password(entries: Sequence[_Entry], included: Mapping[str, bytes]) -> int:
    """Which entry asks for the password."""
    for index, entry in enumerate(entries):
        modules = [one.module for one in _flat(entry, "auth", included)]
        found = _PASSWORD_MODULES.intersection(modules)
        if not found:
            continue
        if "pam_rootok" in modules[: min(map(modules.index, found))]:
            # Above it, root would be asked as well.
            raise InstallError(
                f"what it includes, {entry.module}, lets root through first",
                f"name that one: facelatch pam enable {entry.module}",
            )
        return index
    raise InstallError("no line here asks for a password")


def _refuse_skipped(
    entries: Sequence[_Entry], included: Mapping[str, bytes], allowed: Collection[str]
) -> None:
    """A second factor that comes after the password must not be left out by a face."""
    for entry in entries:
        for one in _flat(entry, "auth", included):
            if _is_needed(one.control) and one.module not in allowed:
                hint = "put it above the password, or leave this service as it is"
                if _is_include(entry) and one.module in _OF_LOGINS:
                    hint = f"name what it includes: facelatch pam enable {entry.module}"
                raise InstallError(
                    f"{one.module} comes with or after the password and would be left out", hint
                )


def _is_needed(control: str) -> bool:
    if control.startswith("["):
        return "default=ignore" not in control
    return control not in ("optional", "sufficient")


def _above_jumps(entries: Sequence[_Entry], at: int) -> int:
    """Which entry ours go above: the password's, or the first of those that jump over it, for a
    jump counts the lines that it leaves out. Raises InstallError where nobody can tell how far.
    """
    for index in range(at - 1, -1, -1):
        entry = entries[index]
        farthest = max((int(number) for number in _JUMP.findall(entry.control)), default=0)
        if entry.kind != "auth" or not farthest:
            continue
        follows = [one for one in entries[index + 1 : at] if one.kind in ("auth", "include")]
        if any(_is_include(one) for one in follows):
            raise _crossing(entry)
        if farthest > len(follows):
            if any(one.module == "pam_rootok" for one in (entry, *follows)):
                raise _crossing(entry)
            at = index
    return at


def _crossing(entry: _Entry) -> InstallError:
    return InstallError(
        f"{entry.module} jumps over the lines after it, where nothing may be put in",
        "leave this service as it is",
    )


def _by_hand(plain: bytes) -> State | None:
    """How lines that run the helper stand, which are not ours; None where there are none."""
    found = [one for one in _entries(plain) if one.kind == "auth" and _HELPER in one.text]
    if not found:
        return None
    refuses = any(
        one.control in ("required", "requisite") or _REFUSES.search(one.control) for one in found
    )
    return State.REFUSING if refuses else State.BY_HAND


def _is_include(entry: _Entry) -> bool:
    return entry.kind == "include" or entry.control in _INCLUDES

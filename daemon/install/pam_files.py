"""Files of /etc/pam.d: found, changed, kept, put back."""

import contextlib
import difflib
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from daemon.install import pam_check, pam_text
from daemon.install.errors import InstallError
from daemon.install.pam_text import State, Steps
from daemon.install.steps import Do, Step
from models import files

DEFAULT_SERVICES = ("sudo", "polkit-1")
GREETERS = ("gdm-password", "greetd", "lightdm", "sddm")
TOLD_NOTHING = frozenset({"sddm", "xscreensaver"})
"""They can show no line of PAM's beside its prompt. SDDM, which asks PAM once a password, or Enter,
is there, takes one for a change of the password, and no login ends any more (0.19 predicts what
will be asked). XScreenSaver waits for a click after each, and what is typed meanwhile is lost.
"""
OF_THEIR_OWN = (*GREETERS, "xscreensaver")
"""Services whose steps differ from those of all others."""
LOCKERS = (
    "cinnamon-screensaver",
    "gtklock",
    "hyprlock",
    "i3lock",
    "kde",
    "mate-screensaver",
    "physlock",
    "swaylock",
    "xfce4-screensaver",
    "xscreensaver",
)
FACE_ALONE = "facelatch-lock"
"""For lock screens that ask for the password in a conversation of its own, beside this one."""
TERMINALS = ("doas", "login", "su", "sudo-i")
KNOWN_SERVICES = (*DEFAULT_SERVICES, *TERMINALS, *GREETERS, *LOCKERS)
_FOR_EVERYTHING = re.compile(r"common-.*|system-.*|password-auth|postlogin|other")
"""Included by others, or taken for whatever has no file."""
_REMOTE = re.compile(r"sshd?|.*ftpd?|.*rdp.*|cockpit|dovecot|imap|pop3?|smtp|vnc.*|webmin|remote")
_OTHER = "other"
_NO_STEPS = Steps("", 0.0)
_NOBODY = "nobody"
"""Whose password is none, and whose failed logins lock nobody out."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where PAM's files lie below `root`, and where copies are kept."""

    root: Path = Path("/")

    @property
    def own(self) -> Path:
        """The machine's."""
        return self.root / "etc/pam.d"

    @property
    def vendors(self) -> tuple[Path, ...]:
        """The distribution's, which hold for what the machine's own folder has no file of."""
        return (self.root / "usr/lib/pam.d", self.root / "usr/etc/pam.d")

    @property
    def kept(self) -> Path:
        """Copies of what was there before."""
        return self.root / "var/backups/facelatch-pam"


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of one file; `after` None: it goes."""

    service: str
    path: Path
    before: bytes | None
    after: bytes | None

    @property
    def needed(self) -> bool:
        """Whether anything changes."""
        return self.before != self.after

    @property
    def diff(self) -> str:
        """For a person."""
        old, new = (self.before or b""), (self.after or b"")
        lines = difflib.unified_diff(
            old.decode("utf-8", "replace").splitlines(keepends=True),
            new.decode("utf-8", "replace").splitlines(keepends=True),
            str(self.path) if self.before is not None else os.devnull,
            str(self.path) if self.after is not None else os.devnull,
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def checked_service(name: str) -> str:
    """The name of a service that a face may be asked for; raises InstallError."""
    if not _NAME.fullmatch(name):
        raise InstallError(f"{name!r} is no name of a PAM service")
    if _FOR_EVERYTHING.fullmatch(name):
        raise InstallError(
            f"{name} is for every service at once", "name those that may ask for a face: sudo"
        )
    if _REMOTE.fullmatch(name):
        raise InstallError(f"{name} is for people at other machines")
    return name


def enabling(folders: Folders, service: str, steps: Steps) -> Change:
    """What switching it on changes; raises InstallError."""
    path = folders.own / checked_service(service)
    before = _read(path)
    if service == FACE_ALONE:
        return Change(service, path, _ours_alone(path, before), steps.alone)
    origin, content = "", before
    if content is None:
        origin, content = _of_vendor(folders, service)
    return Change(service, path, before, _with_steps(folders, service, content, steps, origin))


def restoring(folders: Folders, service: str, steps: Steps, state: State) -> Change:
    """What puts it back where an update took it away, `state` being how it stands now; raises
    InstallError.
    """
    if state is not State.OLD:
        return enabling(folders, service, steps)
    path = folders.own / checked_service(service)
    before = _read(path) or b""
    plain, origin = pam_text.disabled(before)
    if origin is None or not pam_text.is_copy(plain, origin):
        # What somebody added to it would be lost.
        raise InstallError(
            f"{service}: {path} was changed by hand since it was copied",
            f"run: sudo facelatch pam disable {service}, and look into it",
        )
    place, content = _of_vendor(folders, service)
    return Change(service, path, before, _with_steps(folders, service, content, steps, place))


def disabling(folders: Folders, service: str) -> Change:
    """What switching it off changes; raises InstallError."""
    path = folders.own / checked_service(service)
    before = _read(path)
    if before is None:
        return Change(service, path, None, None)
    try:
        plain, origin = pam_text.disabled(before)
    except InstallError as error:
        raise InstallError(f"{service}: {error.message}", error.hint) from None
    goes = origin is not None and pam_text.is_copy(plain, origin)
    goes = goes or (service == FACE_ALONE and not plain)
    return Change(service, path, before, None if goes else plain)


def states(folders: Folders, steps: Mapping[str, Steps]) -> dict[str, State]:
    """How every service stands that PAM has a file of and that is known or switched on."""
    found = {}
    # What was on may have lost its file.
    places = [*_all(folders), *([folders.kept] if folders.kept.is_dir() else ())]
    for name in sorted({path.name for place in places for path in place.iterdir()}):
        with contextlib.suppress(InstallError):
            content = _read(folders.own / checked_service(name)) or b""
            state = pam_text.state_of(content, steps.get(name, steps[""]))
            if state is State.OFF and _is_kept(folders, name):
                state = State.LOST
            if state is State.ON and _is_of_older(content):
                state = State.OLD
            if state is not State.OFF or name in KNOWN_SERVICES:
                found[name] = state
    return found


def taken_away(folders: Folders) -> list[str]:
    """The services that a face was asked for in until somebody else wrote their file anew."""
    lost = states(folders, {"": _NO_STEPS})
    return [
        name
        for name, state in lost.items()
        if state is State.LOST
        or (state is State.OTHER and _is_of_older(_read(folders.own / name) or b""))
    ]


def check(folders: Folders, changes: Sequence[Change], username: str, password: str) -> None:
    """Logs in by each file as it will be: by the password, and not by a wrong one.

    Raises InstallError, with nothing changed, where either is not so.
    """
    with tempfile.TemporaryDirectory(prefix="facelatch-pam-") as name:
        place = Path(name)
        _lay_out_all(folders, place)
        for change in changes:
            if change.service == FACE_ALONE:
                continue  # no password opens it
            _lay_out(place, change.service, change.after or b"")
            said = pam_check.log_in(place, change.service, username, password)
            if said:
                raise InstallError(
                    f"{change.service}: the password of {username} is not taken: {said}",
                    "nothing was changed; type it again, or name another user with --user",
                )
            wrong = secrets.token_hex(16)
            if not pam_check.log_in(place, change.service, username, wrong):
                raise InstallError(
                    f"{change.service}: any password is taken for {username}", "nothing was changed"
                )


def check_unasked(folders: Folders, changes: Sequence[Change]) -> None:
    """Where nobody is there to type a password: that PAM says the same of a wrong one with our
    lines as without them. Raises InstallError, with nothing changed.
    """
    with tempfile.TemporaryDirectory(prefix="facelatch-pam-") as name:
        place = Path(name)
        _lay_out_all(folders, place)
        for change in changes:
            if change.service == FACE_ALONE:
                continue
            wrong, said = secrets.token_hex(16), []
            content = change.after or b""
            for one in (content, pam_text.disabled(content)[0]):
                _lay_out(place, change.service, one)
                said.append(pam_check.log_in(place, change.service, _NOBODY, wrong))
            if not said[0] or said[0] != said[1]:
                raise InstallError(
                    f"{change.service}: PAM says another thing with a face than without",
                    f"nothing was changed; run: sudo facelatch pam enable {change.service}",
                )


def apply(folders: Folders, change: Change) -> None:
    """Puts the file in place, or takes it away, and keeps a copy of what was there."""
    if _read(change.path) != change.before:
        raise InstallError(f"{change.path} was changed meanwhile", "run it again")
    kept = folders.kept / change.service
    if change.after is not None and pam_text.BEGIN in change.after:
        plain = b"" if change.before is None else pam_text.disabled(change.before)[0]
        # Whoever asks how it stands may see that there is one, and root alone what is in it.
        files.make_folder(folders.kept, mode=0o755)
        files.write(kept, plain, mode=0o600)
    if change.after is None:
        change.path.unlink()
        files.sync_folder(change.path.parent)
    else:
        _replace(change.path, change.after)
    if change.after is None or pam_text.BEGIN not in change.after:
        _forget_copy(kept, change.after or b"")


def forget(folders: Folders, service: str) -> None:
    """It is off on purpose, also where somebody else wrote the file anew."""
    if _is_kept(folders, service):
        content = _read(folders.own / service) or b""
        if pam_text.BEGIN not in content:
            _forget_copy(folders.kept / service, content)


def removal(folders: Folders) -> Iterator[Step]:
    """The steps that switch it off everywhere."""
    for name, state in states(folders, {"": _NO_STEPS}).items() if folders.own.is_dir() else ():
        if state is State.LOST:
            yield Do(f"forget that a face was asked for in {name}", partial(forget, folders, name))
    for path in sorted(folders.own.iterdir()) if folders.own.is_dir() else ():
        with contextlib.suppress(InstallError):
            if pam_text.BEGIN not in (_read(path) or b""):
                continue
            change = disabling(folders, path.name)
            yield Do(f"ask for no face in {path}", partial(apply, folders, change))


def _ours_alone(path: Path, before: bytes | None) -> bytes | None:
    """Raises InstallError where the file has anything that we did not write."""
    if before is not None and pam_text.disabled(before)[0]:
        raise InstallError(f"{path} was written by somebody else", "delete it, or leave it")
    return before


def _with_steps(folders: Folders, service: str, content: bytes, steps: Steps, origin: str) -> bytes:
    try:
        return pam_text.enabled(
            content,
            steps,
            included=_included(folders),
            origin=origin,
            locker=service in LOCKERS,
        )
    except InstallError as error:
        raise InstallError(f"{service}: {error.message}", error.hint) from None


def _lay_out_all(folders: Folders, place: Path) -> None:
    for folder in reversed(_all(folders)):
        for path in folder.iterdir():
            if path.is_file():
                _lay_out(place, path.name, path.read_bytes())


def _lay_out(place: Path, name: str, content: bytes) -> None:
    (place / name).write_bytes(pam_text.asking_root_too(content))


def _replace(path: Path, content: bytes) -> None:
    """With the mode and owner of the file that was there."""
    try:
        status = path.stat()
    except FileNotFoundError:
        files.write(path, content)
        return

    def like_before(written: Path) -> None:
        os.chown(written, status.st_uid, status.st_gid)

    mode = stat.S_IMODE(status.st_mode)
    files.write(path, content, mode=mode, check=like_before)


def _forget_copy(kept: Path, now: bytes) -> None:
    """The copy is of no more use where the file is as it was; otherwise its name says that it is
    one of a service that is off, for no service is called so.
    """
    with contextlib.suppress(OSError):
        if kept.read_bytes() != now:
            kept.rename(kept.with_name(f"{kept.name}~"))
            return
        kept.unlink()
        kept.parent.rmdir()


def _is_kept(folders: Folders, service: str) -> bool:
    try:
        return (folders.kept / service).is_file()
    except OSError:
        return False


def _is_of_older(content: bytes) -> bool:
    """Whether it is a copy of a file that is another now, or gone."""
    _, origin = pam_text.disabled(content)
    if origin is None:
        return False
    try:
        return not pam_text.is_copy(_read(Path(origin.path)) or b"", origin)
    except InstallError:
        return True


def _read(path: Path) -> bytes | None:
    """None where there is no such file; raises InstallError for what is none of ours to change."""
    if path.is_symlink():
        raise InstallError(f"{path} is a link: another program looks after it")
    try:
        return files.read_bounded(path, most=pam_text.LARGEST)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InstallError(f"{path} cannot be read: {files.reason(error)}") from None


def _of_vendor(folders: Folders, service: str) -> tuple[str, bytes]:
    for folder in folders.vendors:
        content = _read(folder / service)
        if content is not None:
            return str(folder / service), content
    # What has no file of its own, PAM answers by this one: Debian's kde.
    content = _read(folders.own / _OTHER) if service in KNOWN_SERVICES else None
    if content is not None:
        return str(folders.own / _OTHER), content
    raise InstallError(f"PAM has no service {service} here", "see: facelatch pam status")


def _all(folders: Folders) -> list[Path]:
    """The folders, the first that has a file counts."""
    return [one for one in (folders.own, *folders.vendors) if one.is_dir()]


def _included(folders: Folders) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for folder in reversed(_all(folders)):
        for path in folder.iterdir():
            with contextlib.suppress(OSError):
                content = files.read_bounded(path, most=pam_text.LARGEST)
                found[path.name] = pam_text.disabled(content)[0]
    return found

"""What was typed: only whether it is empty, and that something was, never what.

Whether a password was right, PAM says first in the phase after this one (`account`), which also
runs where nobody typed anything: after a face, or where sudo remembers. So root notes in /run, for
the program that asks PAM, that something was typed.
"""

import os

FOLDER = "/run/facelatch-pam"
_MOST_NOTES = 64
_KIND, _PIPE = 0o170000, 0o010000
"""Of inode(7): the module stat has them too, and takes a while."""


def is_empty(descriptor: int) -> bool:
    """Whether the token that pam_exec writes there is empty. Reads one byte, and keeps none.

    Of an empty one some versions of pam_exec(8) write nothing, others its NUL. All of it, at most
    512 bytes, is written by the time that one byte can be read, so the pipe may be closed. Without
    expose_authtok there is no pipe, and nobody pressed anything.
    """
    if os.fstat(descriptor).st_mode & _KIND != _PIPE:
        return False
    return os.read(descriptor, 1) in (b"", b"\0")


def note_typed(folder: str = FOLDER) -> None:
    """Notes that something was typed in this conversation."""
    if os.geteuid() != 0:
        return
    try:
        _make(folder)
        _forget_ended(folder)
        name = _name(folder, os.getppid())
        _unlink(name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600)
        try:
            os.write(descriptor, conversation(_stat()))
        finally:
            os.close(descriptor)
    except OSError:
        return


def forget_typed(folder: str = FOLDER) -> None:
    """Nothing was typed this time, whatever was before."""
    if os.geteuid() == 0:
        _unlink(_name(folder, os.getppid()))


def take_typed(program: int, stat: bytes, folder: str = FOLDER) -> bool:
    """Whether something was typed in the conversation of the program of this number, whose
    /proc/PID/stat began with this line while it waited; asked again, no.
    """
    if os.geteuid() != 0:
        return False
    name = _name(folder, program)
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        found = os.read(descriptor, 4096)
        mine = os.fstat(descriptor).st_uid == 0
    finally:
        os.close(descriptor)
        _unlink(name)
    return mine and found == conversation(stat)


def conversation(stat: bytes) -> bytes:
    """Which one it is: by when the program that asks PAM began, as its /proc/PID/stat says, for
    which service and user. Raises IndexError for what is no such line.
    """
    # The second field is a name in brackets, which may have brackets and spaces.
    began = stat.rpartition(b")")[2].split()[19]
    environment = os.environb
    return b"\0".join(
        (began, environment.get(b"PAM_SERVICE", b""), environment.get(b"PAM_USER", b""))
    )[:4096]


def _stat() -> bytes:
    with open(f"/proc/{os.getppid()}/stat", "rb") as stream:  # noqa: PTH123 - pathlib is slow
        return stream.read()


def _name(folder: str, program: int) -> str:
    return f"{folder}/{program}"


def _make(folder: str) -> None:
    """/run is root's: nobody else could have put it there."""
    try:
        os.mkdir(folder, 0o700)  # noqa: PTH102 - pathlib is slow
    except FileExistsError:
        return


def _forget_ended(folder: str) -> None:
    """A wrong password leaves its note; whoever types many may not fill /run."""
    names = os.listdir(folder)  # noqa: PTH208 - pathlib is slow
    if len(names) > _MOST_NOTES:
        for name in names:
            if not os.path.exists(f"/proc/{name}"):  # noqa: PTH110 - pathlib is slow
                _unlink(f"{folder}/{name}")


def _unlink(name: str) -> None:
    try:
        os.unlink(name)  # noqa: PTH108 - pathlib is slow
    except OSError:
        return

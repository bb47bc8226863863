"""Tries files of /etc/pam.d before they are put in place: a real conversation with libpam.

pam_start_confdir(3), of Linux-PAM 1.4, reads them from another folder.
"""

import ctypes
import ctypes.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from daemon.install.errors import InstallError

_SUCCESS = 0
_ECHO_OFF, _ECHO_ON = 1, 2
_BUFFER_ERROR = 5
_FAIL_DELAY_ITEM = 10
"""Of <security/_pam_types.h>."""


class _Message(ctypes.Structure):
    _fields_ = (("style", ctypes.c_int), ("text", ctypes.c_char_p))


class _Response(ctypes.Structure):
    _fields_ = (("text", ctypes.c_void_p), ("code", ctypes.c_int))


_CONVERSE = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_int,
    ctypes.POINTER(ctypes.POINTER(_Message)),
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.c_void_p,
)
_DELAY = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)


class _Conversation(ctypes.Structure):
    _fields_ = (("converse", _CONVERSE), ("data", ctypes.c_void_p))


def log_in(folder: Path, service: str, username: str, password: str) -> str:
    """Logs in by password as `service` of `folder` has it; "" for a yes, else PAM's words.

    Raises InstallError where it cannot be tried.
    """
    pam, libc = _libraries()
    with _started(pam, folder, service, username, _answering(libc, username, password)) as handle:
        code = pam.pam_authenticate(handle, 0)
        if code == _SUCCESS:
            code = pam.pam_acct_mgmt(handle, 0)
        if code == _SUCCESS:
            return ""
        text = pam.pam_strerror(handle, code)
        return str(text.decode("utf-8", "replace")) if text else f"error {code}"


@contextmanager
def _started(
    pam: ctypes.CDLL, folder: Path, service: str, username: str, converse: object
) -> Iterator[ctypes.c_void_p]:
    handle = ctypes.c_void_p()
    conversation = _Conversation(converse, None)
    names = (service.encode(), username.encode())
    code = pam.pam_start_confdir(
        *names, ctypes.byref(conversation), bytes(folder), ctypes.byref(handle)
    )
    if code != _SUCCESS:
        raise InstallError(f"PAM cannot read the file of {service}")
    # A wrong password is tried on purpose: nobody needs to wait after it.
    no_delay = _DELAY(lambda _code, _delay, _data: None)
    pam.pam_set_item(handle, _FAIL_DELAY_ITEM, ctypes.cast(no_delay, ctypes.c_void_p))
    try:
        yield handle
    finally:
        pam.pam_end(handle, 0)


def _answering(libc: ctypes.CDLL, username: str, password: str) -> object:
    """What PAM asks is answered: echoed with the name, not echoed with the password."""
    answers = {_ECHO_ON: username.encode(), _ECHO_OFF: password.encode()}

    def converse(count: int, messages: object, responses: object, _data: object) -> int:
        if not 0 < count <= 32:
            return _BUFFER_ERROR
        # PAM frees both: they must be its own library's.
        memory = libc.calloc(count, ctypes.sizeof(_Response))
        if not memory:
            return _BUFFER_ERROR
        found = ctypes.cast(memory, ctypes.POINTER(_Response))
        for index in range(count):
            style = messages[index].contents.style  # type: ignore[index]
            if style in answers:
                found[index].text = libc.strdup(answers[style])
        responses[0] = memory  # type: ignore[index]
        return _SUCCESS

    made: Callable[..., object] = _CONVERSE
    return made(converse)


def _libraries() -> tuple[ctypes.CDLL, ctypes.CDLL]:
    try:
        pam, libc = ctypes.CDLL("libpam.so.0"), ctypes.CDLL(None)
        start = pam.pam_start_confdir
    except (OSError, AttributeError):
        raise InstallError(
            "the PAM library here cannot try a file before it is put in place",
            "it needs Linux-PAM 1.4",
        ) from None
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    start.argtypes = [text, text, pointer, text, pointer]
    pam.pam_authenticate.argtypes = pam.pam_acct_mgmt.argtypes = [pointer, ctypes.c_int]
    pam.pam_end.argtypes = pam.pam_strerror.argtypes = [pointer, ctypes.c_int]
    pam.pam_strerror.restype = text
    pam.pam_set_item.argtypes = [pointer, ctypes.c_int, pointer]
    libc.calloc.argtypes, libc.calloc.restype = [ctypes.c_size_t, ctypes.c_size_t], pointer
    libc.strdup.argtypes, libc.strdup.restype = [text], pointer
    return pam, libc

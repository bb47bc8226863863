"""One conversation with PAM, as a shell's child has it: `conversation.py FOLDER SERVICE USER`.

Prints what PAM says, `asks` where it wants an answer, which is the next line of standard input, and
`yes` or `no` at the end.
"""

import ctypes
import sys
from pathlib import Path

from daemon.install import pam_check

_PROMPTS = (1, 2)
"""Styles of <security/_pam_types.h>, with and without echo."""


def _converse(count: int, messages: object, responses: object, _data: object) -> int:
    _, libc = pam_check._libraries()
    memory = libc.calloc(count, ctypes.sizeof(pam_check._Response))
    found = ctypes.cast(memory, ctypes.POINTER(pam_check._Response))
    for index in range(count):
        message = messages[index].contents  # type: ignore[index]
        if message.style not in _PROMPTS:
            print(message.text.decode(), flush=True)  # noqa: T201
            continue
        print("asks", flush=True)  # noqa: T201
        found[index].text = libc.strdup(sys.stdin.readline().rstrip("\n").encode())
    responses[0] = memory  # type: ignore[index]
    return 0


def main(folder: str, service: str, username: str) -> int:
    """Exit 0 for a yes."""
    pam, _ = pam_check._libraries()
    converse = pam_check._CONVERSE(_converse)
    with pam_check._started(pam, Path(folder), service, username, converse) as handle:
        code = pam.pam_authenticate(handle, 0) or pam.pam_acct_mgmt(handle, 0)
    print("no" if code else "yes", flush=True)  # noqa: T201
    return int(bool(code))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

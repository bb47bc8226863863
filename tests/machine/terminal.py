"""Programs at a terminal of a logged-in person: `terminal.py serve SOCKET` runs in the session.

`terminal.py ask SOCKET JSON` has it run one: {"command": [...], "typed": [...], "terminal": true}.
Each line is typed when the program has asked; what the program says is printed as it comes, and the
exit status is the program's. Without a terminal all lines come at once, by a pipe.
"""

import contextlib
import json
import os
import pty
import select
import socket
import subprocess
import sys
import termios
import time
from typing import Any

_ASKS = (b"assword: ", b"password for", b"Password:")


def serve(path: str) -> None:
    """One program after the other, until ended."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    os.chmod(path, 0o666)  # noqa: PTH101, S103
    server.listen(8)
    while True:
        client, _ = server.accept()
        if os.fork() == 0:
            server.close()
            with client:
                given = json.loads(client.makefile().readline())
                begun = time.monotonic()
                code = at_terminal(client, given) if given["terminal"] else by_pipe(client, given)
                took = time.monotonic() - begun
                with contextlib.suppress(OSError):
                    client.sendall(f"\n[{code} {took:.3f}]\n".encode())
            os._exit(0)
        client.close()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def at_terminal(client: socket.socket, given: dict[str, Any]) -> int:
    """Runs it with a terminal that it controls."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(given["command"][0], given["command"])  # noqa: S606
    left = [line.encode() + b"\n" for line in given["typed"]]
    said = b""
    while True:
        select.select([terminal], [], [])
        try:
            part = os.read(terminal, 4096)
        except OSError:
            part = b""
        if not part:
            break
        client.sendall(part)
        said += part
        if left and any(said.rstrip(b" ").endswith(one.rstrip(b" ")) for one in _ends(said)):
            said = b""
            # What is typed before the echo is off, some programs throw away.
            while termios.tcgetattr(terminal)[3] & termios.ECHO:
                time.sleep(0.01)
            os.write(terminal, left.pop(0))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _ends(said: bytes) -> list[bytes]:
    """The last line, where it asks for a password."""
    last = said.rpartition(b"\n")[2]
    return (
        [last] if last.rstrip().endswith(b":") and any(one.strip() in last for one in _ASKS) else []
    )


def by_pipe(client: socket.socket, given: dict[str, Any]) -> int:
    """Runs it without a terminal."""
    done = subprocess.run(
        given["command"],
        input="".join(f"{line}\n" for line in given["typed"]).encode("utf-8", "surrogateescape"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        check=False,
    )
    client.sendall(done.stdout)
    return done.returncode


def ask(path: str, request: str) -> int:
    """Prints what the program says; its exit status."""
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.sendall(request.encode() + b"\n")
    said = b""
    while part := client.recv(4096):
        said += part
        sys.stdout.buffer.write(part)
        sys.stdout.flush()
    return int(said.rstrip().rpartition(b"[")[2].split()[0])


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        sys.exit(ask(sys.argv[2], sys.argv[3]))

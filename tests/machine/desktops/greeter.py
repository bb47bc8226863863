"""The login screen of greetd in the machine: types what is in /srv/typed at what asks for ada.

greetd-ipc(7): a length of four bytes, and JSON. What is heard is in /srv/heard, a line each.
"""

import json
import os
import signal
import socket
import struct
from pathlib import Path
from typing import Any


def _ask(link: socket.socket, **what: object) -> dict[str, Any]:
    body = json.dumps(what).encode()
    link.sendall(struct.pack("=I", len(body)) + body)
    (size,) = struct.unpack("=I", link.recv(4, socket.MSG_WAITALL))
    answer: dict[str, Any] = json.loads(link.recv(size, socket.MSG_WAITALL))
    return answer


def main() -> None:
    """Asks once; a session of ada's begins where that is allowed."""
    typed = Path("/srv/typed").read_text()
    with socket.socket(socket.AF_UNIX) as link, Path("/srv/heard").open("a") as heard:
        link.connect(os.environ["GREETD_SOCK"])
        answer = _ask(link, type="create_session", username="ada")
        while answer["type"] == "auth_message":
            print(answer["auth_message"], file=heard, flush=True)
            response = typed if answer["auth_message_type"] == "secret" else None
            answer = _ask(link, type="post_auth_message_response", response=response)
        print(answer["type"], file=heard, flush=True)
        if answer["type"] == "success":
            _ask(link, type="start_session", cmd=["sleep", "infinity"])
            return
        _ask(link, type="cancel_session")
    # greetd begins one anew that ends.
    signal.pause()


if __name__ == "__main__":
    main()

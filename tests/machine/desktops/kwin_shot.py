"""Runs in the session of Plasma: `kwin_shot.py FILE` writes what is on the screen to FILE.

Four bytes a pixel (blue, green, red, unused); prints height and bytes a line, as JSON.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

NAME, PATH = "org.kde.KWin", "/org/kde/KWin/ScreenShot2"


async def shoot(file: Path) -> int:
    """One picture."""
    bus = await MessageBus(negotiate_unix_fd=True).connect()
    reader, writer = os.pipe()
    reply = await bus.call(
        Message(
            destination=NAME,
            path=PATH,
            interface=f"{NAME}.ScreenShot2",
            member="CaptureActiveScreen",
            signature="a{sv}h",
            body=[{}, 0],
            unix_fds=[writer],
        )
    )
    os.close(writer)
    if reply is None or reply.message_type is MessageType.ERROR:
        print(reply.body if reply else "no reply", file=sys.stderr)  # noqa: T201
        return 1
    with os.fdopen(reader, "rb") as stream:
        file.write_bytes(stream.read())
    facts = {key: value.value for key, value in reply.body[0].items()}
    print(json.dumps([facts["height"], facts["stride"]]))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(shoot(Path(sys.argv[1]))))

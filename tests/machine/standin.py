"""A stand-in for the daemon that proves units, policies and rules without a camera or a model.

Runs in the installed environment, under the installed unit. It unlocks every session that is
locked, and answers `Status` with what it may not do.
"""

import asyncio
import socket
from pathlib import Path

from dbus_fast import Message, MessageType, Variant

from daemon.bus import Bus, wants_no_reply
from daemon.contract import BUS_NAME
from daemon.notify import Notifier
from daemon.sessions import Happening, Logind, What


def forbidden() -> dict[str, Variant]:
    """What was tried and went wrong, as it should."""
    tried = {
        "network": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "etc": lambda: Path("/etc/facelatch/x").write_text(""),
        "cache": lambda: Path("/var/cache/facelatch/x").write_text(""),
        "shadow": lambda: Path("/etc/shadow").read_text(),
        "home": lambda: list(Path("/home/ada").iterdir()),
    }
    outcomes = {}
    for name, attempt in tried.items():
        try:
            attempt()
            outcomes[name] = Variant("s", "allowed")
        except OSError as error:
            outcomes[name] = Variant("s", type(error).__name__)
    Path("/var/lib/facelatch/x").write_text("state")
    return outcomes


async def main() -> None:
    """Runs until killed."""
    bus = await Bus.connect("system")
    happened: asyncio.Queue[Happening] = asyncio.Queue()
    logind = Logind(bus, happened.put_nowait)

    def answer(message: Message) -> bool:
        if message.message_type is not MessageType.METHOD_CALL or wants_no_reply(message):
            return False
        bus.send(Message.new_method_return(message, "a{sv}", [forbidden()]))
        return True

    bus.listen(answer)
    await logind.start()
    await bus.own(BUS_NAME)
    notifier = Notifier()
    notifier.ready("stand-in")
    while True:
        try:
            happening = await asyncio.wait_for(happened.get(), 5)
        except TimeoutError:
            notifier.alive()
            continue
        if happening.what is What.LOCKED and happening.session:
            await logind.unlock(happening.session.id)


asyncio.run(main())

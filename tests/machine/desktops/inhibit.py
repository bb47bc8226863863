"""A program that inhibits until it is killed, as a film does: over the session's bus, or as a
window of a Wayland compositor. Runs inside, with nothing of ours.

    inhibit.py NAME PATH INTERFACE METHOD SIGNATURE ARGUMENTS     with arguments in JSON
    inhibit.py wayland FOLDER                 with the folder that pywayland lies in
"""

import asyncio
import json
import os
import sys
from typing import Any


async def _by_bus(*words: str) -> None:
    from dbus_fast import Message, MessageType
    from dbus_fast.aio import MessageBus

    bus = await MessageBus(bus_address=os.environ["DBUS_SESSION_BUS_ADDRESS"]).connect()
    name, path, interface, method, form, body = words
    message = Message(name, path, interface, method, signature=form, body=json.loads(body))
    reply = await bus.call(message)
    assert reply is not None
    assert reply.message_type is MessageType.METHOD_RETURN, reply.body
    sys.stderr.write("inhibits\n")
    # It ends with the connection.
    await asyncio.Event().wait()


def _by_window() -> None:
    from pywayland.client import Display
    from pywayland.protocol.idle_inhibit_unstable_v1 import ZwpIdleInhibitManagerV1
    from pywayland.protocol.wayland import WlCompositor, WlShm
    from pywayland.protocol.xdg_shell import XdgWmBase

    size, found = 64, {}
    wanted = {one.name: one for one in (ZwpIdleInhibitManagerV1, WlCompositor, WlShm, XdgWmBase)}

    def appeared(registry: Any, number: int, interface: str, _version: int) -> None:
        if interface in wanted:
            found[interface] = registry.bind(number, wanted[interface], 1)

    display = Display()
    display.connect()
    registry: Any = display.get_registry()
    registry.dispatcher["global"] = appeared
    display.roundtrip()
    picture = os.memfd_create("picture")
    os.ftruncate(picture, size * size * 4)
    pool = found[WlShm.name].create_pool(picture, size * size * 4)
    buffer = pool.create_buffer(0, size, size, size * 4, 0)
    surface = found[WlCompositor.name].create_surface()
    shell = found[XdgWmBase.name]
    shell.dispatcher["ping"] = lambda one, serial: one.pong(serial)
    window = shell.get_xdg_surface(surface)
    top = window.get_toplevel()
    top.set_title("a film")

    def configured(one: Any, serial: int) -> None:
        one.ack_configure(serial)
        surface.attach(buffer, 0, 0)
        surface.damage(0, 0, size, size)
        surface.commit()

    window.dispatcher["configure"] = configured
    inhibitor = found[ZwpIdleInhibitManagerV1.name].create_inhibitor(surface)
    surface.commit()
    display.roundtrip()
    sys.stderr.write(f"{inhibitor} inhibits\n")
    while display.dispatch(block=True) >= 0:
        display.flush()


if __name__ == "__main__":
    if sys.argv[1] == "wayland":
        # What `facelatch setup` installs has no protocols that the agent does without.
        sys.path.insert(0, sys.argv[2])
        _by_window()
    else:
        asyncio.run(_by_bus(*sys.argv[1:]))

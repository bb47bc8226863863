"""`facelatch unlocking`: whether one's own sessions are unlocked when their owner is seen."""

import argparse

HELP = "say whether your sessions are unlocked when you are seen: on or off"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("switch", nargs="?", choices=("on", "off"), help="default: say which")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once it is as asked. Switching on may ask for the password."""
    from daemon.clients.dbus_client import Client

    with Client() as client:
        if arguments.switch is not None:
            client.call("SetUnlocking", arguments.switch == "on")
        on = client.call("Status").get("unlocking", False)
    print(f"unlocking is {'on' if on else 'off'}")
    return 0

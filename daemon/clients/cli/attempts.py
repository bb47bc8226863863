"""`facelatch attempts clear`: forgets failed attempts of a user whose password was right."""

import argparse

HELP = "forget the failed attempts of a user (root)"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("clear",))
    parser.add_argument("username", metavar="USER")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once they are forgotten."""
    from daemon.clients.dbus_client import Client

    with Client() as client:
        client.call("PasswordUsed", arguments.username)
    print(f"failed attempts of {arguments.username} are forgotten")
    return 0

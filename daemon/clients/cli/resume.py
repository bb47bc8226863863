"""`facelatch resume`: the end of a pause."""

import argparse

HELP = "go on with recognition after a pause"


def configure(_parser: argparse.ArgumentParser) -> None:
    """This command has no arguments."""


def run(_arguments: argparse.Namespace) -> int:
    """Exit 0 once recognition goes on."""
    from daemon.clients.dbus_client import Client

    with Client() as client:
        client.call("Resume")
    print("recognition goes on")
    return 0

"""`facelatch rename`: another name for a look."""

import argparse

HELP = "give one of your looks another name (another user's with --user)"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    parser.add_argument("look", metavar="LOOK")
    parser.add_argument("new_name", metavar="NEW")
    parser.add_argument("--user", default="", metavar="USER", help="whose look (default: yours)")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once it is renamed."""
    from daemon.clients.bus import Client

    with Client() as client:
        client.call("RenameLook", arguments.user, arguments.look, arguments.new_name)
    print(f"look {arguments.look!r} is now called {arguments.new_name!r}")
    return 0

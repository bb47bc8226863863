"""`facelatch rename`: another name for an appearance."""

import argparse

from daemon.clients.cli import options

HELP = "give one of your appearances another name (another user's with --user)"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("appearance", metavar="APPEARANCE")
    parser.add_argument("new_name", metavar="NEW")
    parser.add_argument(
        "--user", default="", metavar="USER", help="whose appearance (default: yours)"
    )
    options.add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once it is renamed."""
    from daemon.clients.cli import service

    if service.asked(arguments):
        from daemon.clients.dbus_client import Client

        with Client() as client:
            client.call(
                "RenameAppearance", arguments.user, arguments.appearance, arguments.new_name
            )
    else:
        import getpass

        from enroll.store.store import TemplateStore, default_folder

        store = TemplateStore(arguments.store or default_folder())
        store.rename_appearance(
            arguments.user or getpass.getuser(), arguments.appearance, arguments.new_name
        )
    print(f"appearance {arguments.appearance!r} is now called {arguments.new_name!r}")
    return 0

"""`facelatch remove`: forget a person."""

import argparse

from daemon.clients.cli import options

HELP = "remove everything that is stored about a person"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    parser.add_argument("name", metavar="NAME")
    options.add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Removes the person; an unknown name is an error."""
    from enroll.store import TemplateStore, default_folder

    TemplateStore(arguments.store or default_folder()).remove(arguments.name)
    print(f"removed {arguments.name}")
    return 0

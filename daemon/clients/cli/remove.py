"""`facelatch remove`: forget a person, or one of their looks."""

import argparse

from daemon.clients.cli import options

HELP = "remove everything that is stored about a person, or one look"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--look", metavar="LOOK", help="only this look (of the service's store)")
    options.add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Removes the person or look; an unknown name is an error."""
    from daemon.clients.cli import service

    if service.asked(arguments) or arguments.look is not None:
        _by_service(arguments)
    else:
        from enroll.store import TemplateStore, default_folder

        TemplateStore(arguments.store or default_folder()).remove(arguments.name)
    what = arguments.name if arguments.look is None else f"{arguments.name}, {arguments.look}"
    print(f"removed {what}")
    return 0


def _by_service(arguments: argparse.Namespace) -> None:
    from daemon.clients.bus import Client

    with Client() as client:
        if arguments.look is None:
            client.call("RemoveUser", arguments.name)
        else:
            client.call("RemoveLook", arguments.name, arguments.look)

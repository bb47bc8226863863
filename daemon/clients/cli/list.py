"""`facelatch list`: who is enrolled, with the service where it runs, else in the local store."""

import argparse
from typing import TYPE_CHECKING, Any

from daemon.clients.cli import options

if TYPE_CHECKING:
    from enroll.template import Look

HELP = "list who is enrolled, with their looks"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="only this person")
    options.add_store_option(parser)
    parser.add_argument("--json", action="store_true", help="a JSON list on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Prints everybody there is; exit 0 also where there is nobody."""
    from daemon.clients.cli import output, service

    asked = service.asked(arguments)
    rows = _of_service(arguments.name) if asked else _of_store(arguments)
    if arguments.json:
        output.print_json(rows)
    elif rows:
        output.print_table(rows)
    else:
        print("nobody is enrolled; run: facelatch enroll NAME")
    return 0


def _of_service(name: str | None) -> list[dict[str, Any]]:
    from daemon.clients.bus import Client

    with Client() as client:
        names = client.call("ListUsers") if name is None else [name]
        looks = [(one, look) for one in names for look in client.call("ListLooks", one)]
    return [
        {
            "name": name,
            "look": look["name"],
            "created": look["created"],
            "model": look["model"],
            "pictures": look["pictures"],
        }
        for name, look in looks
    ]


def _of_store(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    from enroll.store import TemplateStore, default_folder

    people = TemplateStore(arguments.store or default_folder()).load_all()
    return [
        _row(person.name, look)
        for person in people
        if arguments.name in (None, person.name)
        for look in person.looks
    ]


def _row(name: str, look: "Look") -> dict[str, Any]:
    return {
        "name": name,
        "look": look.name,
        "created": look.created,
        "model": look.model_id,
        "pictures": len(look.embeddings),
    }

"""`facelatch list`: who is enrolled in the local store."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from daemon.clients.cli import options

if TYPE_CHECKING:
    from enroll.template import Look

HELP = "list who is enrolled, with their looks"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    options.add_store_option(parser)
    parser.add_argument("--json", action="store_true", help="a JSON list on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Prints everybody; exit 0 also where there is nobody."""
    from daemon.clients.cli import output
    from enroll.store import TemplateStore, default_folder

    people = TemplateStore(arguments.store or default_folder()).load_all()
    rows = [_row(person.name, look) for person in people for look in person.looks]
    if arguments.json:
        print(json.dumps(rows))
    elif rows:
        output.print_table(rows)
    else:
        print("nobody is enrolled; run: facelatch enroll NAME")
    return 0


def _row(name: str, look: "Look") -> dict[str, Any]:
    return {
        "name": name,
        "look": look.name,
        "created": look.created,
        "model": look.model_id,
        "pictures": len(look.embeddings),
    }

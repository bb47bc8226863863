"""`facelatch list`: who is enrolled, with the service where it runs, else in the local store."""

import argparse
from typing import TYPE_CHECKING, Any

from daemon.clients.cli import options
from enroll.store.protection import explained

if TYPE_CHECKING:
    from enroll.store.store import TemplateStore
    from enroll.store.usage import Use
    from enroll.template import Appearance

HELP = "list who is enrolled, with their appearances, and what protects the templates"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = explained()
    parser.add_argument("name", nargs="?", metavar="NAME", help="only this person")
    options.add_store_option(parser)
    parser.add_argument("--json", action="store_true", help="a JSON list on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Prints everybody there is; exit 0 also where there is nobody. Raises NotEnrolledError where
    the one who is asked for is not.
    """
    from daemon.clients.cli import output, service
    from enroll.errors import NotEnrolledError

    asked = service.asked(arguments)
    rows, sealed = _of_service(arguments.name) if asked else _of_store(arguments)
    if arguments.json:
        output.print_json(rows)
    elif rows:
        output.print_table(rows)
        # What that protects from is told by --help, not at every list.
        print(f"sealed with a {sealed.partition(':')[0]}")
    elif arguments.name is not None:
        raise NotEnrolledError(f"{arguments.name} is not enrolled", "see: facelatch list")
    else:
        print("nobody is enrolled; run: facelatch enroll NAME")
    return 0


def _of_service(name: str | None) -> tuple[list[dict[str, Any]], str]:
    from daemon.clients.dbus_client import Client

    with Client() as client:
        names = client.call("ListUsers") if name is None else [name]
        appearances = [
            (one, appearance) for one in names for appearance in client.call("ListAppearances", one)
        ]
        sealed = str(client.call("Status")["protection"])
    rows = [
        {
            "name": name,
            "appearance": appearance["name"],
            "created": appearance["created"],
            "model": appearance["model"],
            "pictures": appearance["pictures"],
            "quality": _rounded(appearance.get("quality")),
            "adapted": appearance["adapted"],
            "uses": appearance["uses"],
            "last used": appearance.get("last-used"),
            "camera": appearance.get("camera"),
        }
        for name, appearance in appearances
    ]
    return rows, sealed


def _of_store(arguments: argparse.Namespace) -> tuple[list[dict[str, Any]], str]:
    from enroll.store.protection import protection
    from enroll.store.store import TemplateStore, default_folder

    store = TemplateStore(arguments.store or default_folder())
    rows = [
        row
        for person in store.load_all()
        if arguments.name in (None, person.name)
        for row in _rows(store, person.name, person.appearances)
    ]
    return rows, protection(store.key_kind(), bound=store.bound)


def _rows(
    store: "TemplateStore", name: str, appearances: "tuple[Appearance, ...]"
) -> list[dict[str, Any]]:
    from enroll.store.usage import key_of

    uses = store.uses(name)
    return [_row(name, appearance, uses.get(key_of(appearance))) for appearance in appearances]


def _row(name: str, appearance: "Appearance", use: "Use | None") -> dict[str, Any]:
    return {
        "name": name,
        "appearance": appearance.name,
        "created": appearance.created,
        "model": appearance.model_id,
        "pictures": len(appearance.embeddings),
        "quality": _rounded(appearance.quality),
        "adapted": len(appearance.adapted),
        "uses": 0 if use is None else use.count,
        "last used": None if use is None else use.last,
        "camera": appearance.camera or None,
    }


def _rounded(quality: float | None) -> float | None:
    return None if quality is None else round(quality, 2)

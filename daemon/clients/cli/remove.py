"""`facelatch remove`: forget a person, one of their appearances, or what was learnt later."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clients.cli import options

if TYPE_CHECKING:
    from enroll.store.store import TemplateStore

HELP = "remove everything that is stored about a person, one appearance, or what was learnt later"

_UNPROVEN = (
    "what cannot be proven: that the disk's own cells, snapshots of the file system and backups "
    "hold no old copy"
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--appearance", "--look", metavar="NAME", help="only this appearance")
    parser.add_argument(
        "--adapted",
        action="store_true",
        help="only what was learnt after the enrolment; the appearances are as they were enrolled",
    )
    options.add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Removes the person or appearance; an unknown name is an error."""
    from daemon.clients.cli import service

    asked = service.asked(arguments)
    what = (
        arguments.name
        if arguments.appearance is None
        else f"{arguments.name}, {arguments.appearance}"
    )
    if arguments.adapted:
        _revert(arguments, asked=asked)
        print(f"{what}: as enrolled")
    elif arguments.appearance is not None:
        _remove_appearance(arguments, asked=asked)
        print(f"removed {what}")
    else:
        files, doubts = _by_service(arguments.name) if asked else _from_store(arguments)
        _prove(arguments.name, files, doubts)
    return 0


def _prove(name: str, files: Sequence[str], doubts: Sequence[str]) -> None:
    print(f"removed {name}")
    for file in files:
        print(f"  gone: {file}")
    print("  checked again: nothing of this person is left there")
    for doubt in doubts:
        print(f"  doubt: {doubt}")
    print(f"  {_UNPROVEN}")


def _revert(arguments: argparse.Namespace, *, asked: bool) -> None:
    from daemon.clients.dbus_client import Client

    if not asked:
        _store(arguments).revert(arguments.name, arguments.appearance)
        return
    with Client() as client:
        client.call("RevertAppearance", arguments.name, arguments.appearance or "")


def _remove_appearance(arguments: argparse.Namespace, *, asked: bool) -> None:
    from daemon.clients.dbus_client import Client

    if not asked:
        _store(arguments).remove_appearance(arguments.name, arguments.appearance)
        return
    with Client() as client:
        client.call("RemoveAppearance", arguments.name, arguments.appearance)


def _by_service(name: str) -> tuple[Sequence[str], Sequence[str]]:
    """What the service removed; it is asked once more whether anything is left."""
    from daemon.clients.dbus_client import Client
    from enroll.errors import StoreError

    with Client() as client:
        removed: tuple[list[str], list[str]] = client.call("RemoveUser", name)
        if client.call("ListAppearances", name):
            raise StoreError(f"{name} is enrolled again", "remove once more")
    files, doubts = removed
    return [*files, "the record of failed attempts"], doubts


def _from_store(arguments: argparse.Namespace) -> tuple[Sequence[str], Sequence[str]]:
    removal = _store(arguments).remove(arguments.name)
    return [str(file) for file in removal.files], removal.doubts


def _store(arguments: argparse.Namespace) -> "TemplateStore":
    from enroll.store.store import TemplateStore, default_folder

    folder: Path = arguments.store or default_folder()
    return TemplateStore(folder)

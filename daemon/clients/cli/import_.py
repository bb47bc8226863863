"""`facelatch import`: appearances from a file that `facelatch export` wrote."""

import argparse
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clients.cli import options
from models.errors import UsageError

if TYPE_CHECKING:
    from enroll.store.store import TemplateStore
    from enroll.template import Appearance, Person

HELP = "take a person's appearances from a file that facelatch export wrote"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--as", dest="name", metavar="NAME", help="who it is here")
    parser.add_argument(
        "--replace", action="store_true", help="replace appearances of the same name and model"
    )
    options.add_passphrase_option(parser)
    options.add_whose_store_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the appearances are stored."""
    from daemon.clients.cli import passphrase, stores
    from enroll.store import archive
    from enroll.template import Person

    store = stores.chosen(arguments)
    content = read_bounded(arguments.file, archive.LARGEST_FILE)
    words = passphrase.ask(arguments.passphrase_file, twice=False)
    found = archive.unpack(content, words)
    person = Person(arguments.name or found.name, found.appearances)
    with store.opened() as opened:
        added = take_in(opened, person, replace=arguments.replace)
    names = ", ".join(repr(appearance.name) for appearance in added)
    print(f"imported {len(added)} appearances of {person.name}: {names}")
    return 0


def take_in(store: "TemplateStore", person: "Person", *, replace: bool) -> "tuple[Appearance, ...]":
    """Adds the appearances of `person` to those that are stored; which were new.

    Raises UsageError where one would take another's place and `replace` is False.
    """
    from enroll.errors import NotEnrolledError

    added: list[Appearance] = []

    def joined(old: "Person") -> "Person":
        fresh = tuple(
            appearance for appearance in person.appearances if appearance not in old.appearances
        )
        keys = {(appearance.name, appearance.model_id) for appearance in old.appearances}
        taken = [
            appearance.name
            for appearance in fresh
            if (appearance.name, appearance.model_id) in keys
        ]
        if taken and not replace:
            raise UsageError(
                f"{person.name} has other appearances called {', '.join(map(repr, taken))}",
                "rename those (facelatch rename), or add --replace",
            )
        added[:] = fresh
        for appearance in fresh:
            old = old.with_appearance(appearance)
        return old

    try:
        store.change(person.name, joined)
    except NotEnrolledError:
        store.save(person)
        return person.appearances
    return tuple(added)


def read_bounded(path: Path, most: int) -> bytes:
    """A regular file of at most `most` bytes; raises UsageError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > most:
                raise UsageError(f"{path} is no archive of appearances")
            return file.read(most)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None

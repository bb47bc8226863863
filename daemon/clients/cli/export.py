"""`facelatch export`: a person's appearances in a file that a passphrase opens."""

import argparse
import os
from pathlib import Path

from daemon.clients.cli import options
from models import files
from models.errors import UsageError

HELP = "write a person's appearances to a file under a passphrase, for another machine"

_EPILOG = """\
The file holds what recognises a person, and nothing but its passphrase keeps it: take it off again
once it is imported.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--force", action="store_true", help="replace FILE if it is there")
    options.add_passphrase_option(parser)
    options.add_whose_store_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the file is on the disk."""
    from daemon.clients.cli import passphrase, stores
    from enroll.store import archive

    _check_free(arguments.file, force=arguments.force)
    with stores.chosen(arguments).opened() as store:
        person = store.load(arguments.name)
    words = passphrase.ask(arguments.passphrase_file, twice=True)
    write_private(arguments.file, archive.pack(person, words), force=arguments.force)
    print(f"exported {len(person.appearances)} appearances of {person.name} to {arguments.file}")
    return 0


def write_private(path: Path, content: bytes, *, force: bool) -> None:
    """Writes beside `path` with mode 0600 and puts it there, synced; raises UsageError.

    Without `force` nothing that is there already is replaced, nor a link followed.
    """
    try:
        files.write(path, content, mode=0o600, replace=force)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def _check_free(path: Path, *, force: bool) -> None:
    # Before anybody types a passphrase; that it stays free is for the writing to see.
    if not force and os.path.lexists(path):
        raise _taken(path)


def _taken(path: Path) -> UsageError:
    return UsageError(f"{path} is there already", "choose another name, or add --force")

"""Asking for a passphrase, on the terminal or from a file."""

import getpass
import os
import stat
from pathlib import Path

from enroll.store.archive import LONGEST_PASSPHRASE, check_passphrase
from models.errors import UsageError


def ask(file: Path | None, *, twice: bool) -> str:
    """The passphrase; raises UsageError where it is too short, or typed differently again."""
    if file is not None:
        return _from_file(file)
    try:
        typed = check_passphrase(getpass.getpass("Passphrase: "))
        if twice and getpass.getpass("The same again: ") != typed:
            raise UsageError("the two passphrases differ", "type both anew")
    except EOFError:
        raise UsageError("no passphrase was typed", "see --passphrase-file") from None
    return typed


def _from_file(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise UsageError(f"{file} is not a regular file")
            line = opened.readline(4 * LONGEST_PASSPHRASE + 2)
    except OSError as error:
        raise UsageError(f"{file}: {(error.strerror or str(error)).lower()}") from None
    try:
        return check_passphrase(line.rstrip(b"\r\n").decode())
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not text in UTF-8") from None

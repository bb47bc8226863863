"""Entry point: parses the command line, runs one command, turns errors into one line."""

import argparse
import errno
import importlib
import keyword
import os
import signal
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from daemon.clients.cli import streams
from models.errors import FacelatchError, UsageError
from models.text import readable

COMMANDS = (
    "enroll",
    "list",
    "remove",
    "verify",
    "watch",
    "demo",
    "models",
    "evaluate",
    "bench",
    "dataset",
    "train",
    "predict",
    "web",
    "setup",
    "doctor",
    "config",
    "daemon",
    "agent",
    "status",
    "pause",
    "resume",
    "unlocking",
    "attempts",
    "camera",
    "rename",
    "export",
    "import",
    "protect",
    "pam",
    "log",
    "activity",
    "report",
    "completions",
)
"""Each is a module of this package with `HELP`, `configure(parser)` and `run(arguments) -> int`.
A word of Python's own has an underscore after it there.

Modules import what is heavy inside `run`, so that `facelatch --help` answers at once.
"""

_PACKAGES = {
    "evaluate": "evaluation.",
    "bench": "evaluation.",
    "dataset": "workshop.",
    "train": "workshop.",
    "predict": "workshop.",
    "web": "workshop.",
}
EXIT_ERROR = 2
EXIT_INTERRUPTED = 130
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code. A traceback is shown only with `--debug`."""
    words = list(sys.argv[1:] if argv is None else argv)
    streams.prepare()
    try:
        words = _translated(words)
    except UsageError as error:
        return _fail(str(error))
    if not words or words[0] not in _PACKAGES:
        # One thread a core, each awake for a while, for products of a few hundred numbers. NumPy
        # reads it when it is imported.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        arguments = _parsed(words)
        code = int(arguments.module.run(arguments))
        streams.flush()
        return code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        streams.discard()
        return streams.EXIT_PIPE
    except Exception as error:
        if "--debug" in words:
            raise
        return _fail(_words(error))


def _parsed(words: list[str]) -> argparse.Namespace:
    """Raises SystemExit where that was all: help and version were printed, or the words are wrong.

    Raises OSError where nobody could read them.
    """
    try:
        return _parser(words).parse_args(words)
    except SystemExit:
        streams.flush()
        raise


def _words(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        from models.assets import extras

        error = extras.lacking(error) or error
    if isinstance(error, FacelatchError):
        return str(error)
    if isinstance(error, OSError) and error.errno in _UNWRITABLE and error.filename is None:
        streams.discard()
        return f"the output cannot be written: {error.strerror}"
    return f"unexpected {type(error).__name__}: {error}; run again with --debug"


def _translated(words: list[str]) -> list[str]:
    """As they are spelled today: a module with `translated(words)` knows how they once were."""
    if words and words[0] in COMMANDS:
        translated = getattr(_command(words[0]), "translated", None)
        if translated is not None:
            return [words[0], *translated(words[1:])]
    return words


def _fail(message: str) -> int:
    print(f"facelatch: {readable(' '.join(message.split()))}", file=sys.stderr)
    return EXIT_ERROR


def parser() -> argparse.ArgumentParser:
    """Knows every command, for who describes them all."""
    return _parser(())


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """Knows every command, or only the one that `argv` begins with: the others load for nothing."""
    parser = _Parser(
        prog="facelatch",
        description="Recognises its owner's face, unlocks the desktop, says hello.",
    )
    parser.add_argument("--version", action=_Version, help="show the version and exit")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in argv[:1] if argv and argv[0] in COMMANDS else COMMANDS:
        module = _command(name)
        sub = subparsers.add_parser(name, help=module.HELP, description=module.HELP)
        sub.add_argument("--debug", action="store_true", help="show tracebacks")
        module.configure(sub)
        sub.set_defaults(module=module)
    return parser


class _Parser(argparse.ArgumentParser):
    """Says where its help cannot be written; argparse's own swallows that."""

    def print_help(self, file: Any = None) -> None:
        """Writes the help to `file`, by default standard output; raises OSError."""
        (file or sys.stdout).write(self.format_help())


class _Version(argparse.Action):
    """Looks the version up when it is asked for: that takes longer than the rest of the start."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: A002
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(streams.program_version())
        parser.exit()


def _command(name: str) -> ModuleType:
    module = f"{name}_" if keyword.iskeyword(name) else name
    return importlib.import_module(f"daemon.clients.cli.{_PACKAGES.get(name, '')}{module}")

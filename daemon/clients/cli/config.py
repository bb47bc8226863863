"""`facelatch config`: the daemon's configuration as it takes effect, and whether it is right."""

import argparse
import sys
from pathlib import Path
from typing import Any

HELP = "show or check the daemon's configuration"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    show = actions.add_parser("show", help="every setting, and where its value comes from")
    check = actions.add_parser("check", help="exit 0 where all is right, else 2 and every problem")
    for one, help_text in (
        (show, "a main file other than the installed one, with config.d beside it"),
        (check, "one file alone (default: the installed ones, drop-ins included)"),
    ):
        one.add_argument("file", nargs="?", type=Path, metavar="FILE", help=help_text)
        one.add_argument("--json", action="store_true", help="JSON on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0, or 2 where the configuration cannot be used."""
    if arguments.action == "show":
        return _show(arguments)
    return _check(arguments)


def _show(arguments: argparse.Namespace) -> int:
    from daemon import config
    from daemon.clients.cli import output

    loaded = config.load(_given(arguments.file) or config.DEFAULT_FILE)
    if arguments.json:
        output.print_json(config.to_json(loaded))
    else:
        print(config.to_toml(loaded), end="")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from daemon import config
    from daemon.clients.cli import output

    try:
        loaded = _checked(arguments.file)
    except config.ConfigError as error:
        if arguments.json:
            output.print_json(_report(error.problems))
        else:
            print(*(f"facelatch: {one}" for one in error.problems), sep="\n", file=sys.stderr)
        return 2
    if arguments.json:
        output.print_json({**_report(()), "files": list(loaded.files)})
    else:
        print(f"all is right: {', '.join(loaded.files) or 'no file, everything is default'}")
    return 0


def _checked(file: Path | None) -> Any:
    from daemon import config

    given = _given(file)
    return config.load() if given is None else config.read((config.read_file(given),))


def _given(file: Path | None) -> Path | None:
    """A file that a person names has to be there, unlike the installed one."""
    from models.errors import UsageError

    if file is not None and not file.exists():
        raise UsageError(f"there is no file {str(file)!r}")
    return file


def _report(problems: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "ok": not problems,
        "problems": [
            {"where": one.where, "message": one.message, "hint": one.hint} for one in problems
        ],
    }

"""`facelatch evaluate EVALUATION`: error rates on labelled pictures.

Each evaluation is a module beside this one with `HELP`, `configure(parser)` and
`run(arguments) -> int`, named in `EVALUATIONS`. All are imported for `--help`, so they import what
is heavy inside `run`.
"""

import argparse
import importlib
from collections.abc import Sequence

from daemon.clients.cli import actions
from daemon.clients.cli.evaluation import older_spelling

HELP = "measure error rates on labelled pictures"

EVALUATIONS = (
    "lfw",
    "folder",
    "groups",
    "sequences",
    "enrolment",
    "spoof",
    "attempts",
    "crosswise",
    "siamese",
    "oneshot",
    "report",
)

_EPILOG = """\
Embeddings are kept in the cache, so that a second run with the same models takes seconds.
Options of one evaluation: facelatch evaluate EVALUATION --help.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    actions.add_actions(
        parser, {name: _evaluation(name) for name in EVALUATIONS}, word="EVALUATION"
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    return actions.run(arguments)


def translated(words: Sequence[str]) -> list[str]:
    """`words` after `evaluate`, as they are spelled today. Raises UsageError."""
    return older_spelling.translated(words, EVALUATIONS)


def _evaluation(name: str) -> actions.Action:
    module = importlib.import_module(f"{__package__}.{name}")
    return actions.Action(module.HELP, module.configure, module.run)

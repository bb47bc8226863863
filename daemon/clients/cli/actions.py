"""Commands of several actions, `facelatch COMMAND ACTION`: each has options and help of its own."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """What follows the command's name, and does its work."""

    help: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    """The exit code."""


def add_actions(
    parser: argparse.ArgumentParser, actions: Mapping[str, Action], *, word: str = "ACTION"
) -> None:
    """One of `actions` must follow; `run(arguments)` then runs it."""
    choices = parser.add_subparsers(title=f"{word.lower()}s", metavar=word, required=True)
    for name, action in actions.items():
        # No abbreviations: --plot must never be taken for --plots.
        sub = choices.add_parser(
            name, help=action.help, description=action.help, allow_abbrev=False
        )
        # Suppressed, or its own default would undo a --debug given before the action's name.
        sub.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks"
        )
        action.configure(sub)
        sub.set_defaults(action_name=name, action=action)


def run(arguments: argparse.Namespace) -> int:
    """Runs the action that was named; its exit code."""
    action: Action = arguments.action
    return action.run(arguments)

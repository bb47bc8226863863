"""Every command with its options, as argparse knows them: for completions and the manual."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """One option. Texts are plain: one line, nothing of argparse's left in them."""

    spellings: tuple[str, ...]
    help: str
    value: str
    """What follows it, for a person; "" where nothing does."""
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """One command, or what one of its own is called: `("models", "fetch")`; all of it is `()`."""

    words: tuple[str, ...]
    help: str
    arguments: tuple[Option, ...]
    """Without spellings: what is told by its place."""
    options: tuple[Option, ...]
    commands: tuple["Command", ...]

    def below(self) -> Iterator["Command"]:
        """This one and all below it."""
        yield self
        for command in self.commands:
            yield from command.below()


def tree(parser: argparse.ArgumentParser, *words: str, text: str = "") -> Command:
    """What `parser` knows."""
    arguments: list[Option] = []
    options: list[Option] = []
    commands: list[Command] = []
    for action in parser._actions:  # argparse shows them nowhere else
        if isinstance(action, argparse._SubParsersAction):
            commands += _commands(action, words)
        elif action.help != argparse.SUPPRESS:
            (options if action.option_strings else arguments).append(_option(action))
    text = _plain(text or parser.description or "")
    return Command(words, text, tuple(arguments), tuple(options), tuple(commands))


def _commands(
    action: "argparse._SubParsersAction[argparse.ArgumentParser]", words: tuple[str, ...]
) -> Iterator[Command]:
    texts = {one.dest: one.help or "" for one in action._choices_actions}
    for name, parser in action.choices.items():
        yield tree(parser, *words, name, text=texts.get(name, ""))


def _option(action: argparse.Action) -> Option:
    choices = tuple(str(choice) for choice in action.choices or ())
    named = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    value = "" if action.nargs == 0 else "|".join(choices) or named
    text = (action.help or "").replace("%(default)s", str(action.default))
    return Option(tuple(action.option_strings), _plain(text), value, choices)


def _plain(text: str) -> str:
    return " ".join(text.replace("%%", "%").split())

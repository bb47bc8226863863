"""`facelatch completions`: what a shell needs to complete commands and options."""

import argparse
import shlex
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.clients.cli.command_tree import Command

HELP = "print what a shell needs to complete commands and options"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=sorted(_SHELLS), help="which shell")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0."""
    from daemon.clients.cli import command_tree, main

    print("\n".join(_SHELLS[arguments.shell](command_tree.tree(main.parser()))))
    return 0


def bash(root: "Command") -> Iterator[str]:
    """Lines of a completion for bash."""
    yield "# Completion of facelatch for bash; printed by: facelatch completions bash"
    yield "_facelatch() {"
    yield "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}"
    yield "    local place='' word words=''"
    yield '    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do'
    yield from _place(root, '"$place $word"', "        ")
    yield "    done"
    yield '    case "$place $previous" in'
    for command in root.below():
        for option in command.options:
            for spelling in option.spellings if option.value else ():
                label = shlex.quote(f"{' '.join(command.words)} {spelling}")
                words = shlex.quote(" ".join(option.choices))
                yield f"        {label}) {_values(words, given=bool(option.choices))}; return ;;"
    yield "    esac"
    yield '    case "$place" in'
    for command in root.below():
        yield f"        {shlex.quote(' '.join(command.words))}) words={_words(command)} ;;"
    yield "    esac"
    yield '    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")'
    yield "}"
    yield "complete -o default -F _facelatch facelatch"


def _values(words: str, *, given: bool) -> str:
    """Those of an option; without any bash's own, files, will do."""
    if not given:
        return "COMPREPLY=()"
    return f'mapfile -t COMPREPLY < <(compgen -W {words} -- "$current")'


def zsh(root: "Command") -> Iterator[str]:
    """Lines of a completion for zsh."""
    yield "#compdef facelatch"
    yield "# Completion of facelatch for zsh; printed by: facelatch completions zsh"
    yield "_facelatch() {"
    yield "    local place='' word"
    yield "    local -a found"
    yield '    for word in "${(@)words[2,CURRENT-1]}"; do'
    yield from _place(root, '"$place $word"', "        ")
    yield "    done"
    yield '    case "$place" in'
    for command in root.below():
        yield f"        {shlex.quote(' '.join(command.words))}) found=("
        for name, text in _described(command):
            yield f"            {shlex.quote(name.replace(':', chr(92) + ':') + ':' + text)}"
        yield "        ) ;;"
    yield "    esac"
    yield "    _describe -t words 'facelatch' found || _files"
    yield "}"
    yield '_facelatch "$@"'


def fish(root: "Command") -> Iterator[str]:
    """Lines of a completion for fish."""
    yield "# Completion of facelatch for fish; printed by: facelatch completions fish"
    for command in root.below():
        when = shlex.quote(_seen(command))
        for one in command.commands:
            text = shlex.quote(one.help)
            yield f"complete -c facelatch -f -n {when} -a {one.words[-1]} -d {text}"
        for option in command.options:
            spellings = " ".join(map(_fish_spelling, option.spellings))
            values = f" -x -a {shlex.quote(' '.join(option.choices))}" if option.choices else ""
            needs = " -r" if option.value and not option.choices else ""
            text = shlex.quote(option.help)
            yield f"complete -c facelatch -n {when} {spellings}{values}{needs} -d {text}"


def _fish_spelling(spelling: str) -> str:
    name = spelling.lstrip("-")
    return f"-l {name}" if spelling.startswith("--") else f"-s {name}"


def _seen(command: "Command") -> str:
    """The condition for fish that this command was typed and none below it."""
    if not command.words:
        return "__fish_use_subcommand"
    seen = [f"__fish_seen_subcommand_from {word}" for word in command.words]
    if command.commands:
        names = " ".join(one.words[-1] for one in command.commands)
        seen.append(f"not __fish_seen_subcommand_from {names}")
    return "; and ".join(seen)


def _place(root: "Command", subject: str, indent: str) -> Iterator[str]:
    """The part of a loop that notes which command was typed."""
    yield f"{indent}case {subject} in"
    for command in root.below():
        if command.words:
            label = f"{' '.join(command.words[:-1])} {command.words[-1]}"
            place = shlex.quote(" ".join(command.words))
            yield f"{indent}    {shlex.quote(label)}) place={place} ;;"
    yield f"{indent}esac"


def _described(command: "Command") -> Iterator[tuple[str, str]]:
    for one in command.commands:
        yield one.words[-1], one.help
    for option in command.options:
        for spelling in option.spellings:
            yield spelling, option.help
    for argument in command.arguments:
        for choice in argument.choices:
            yield choice, argument.help


def _words(command: "Command") -> str:
    return shlex.quote(" ".join(name for name, _ in _described(command)))


_SHELLS: "dict[str, Callable[[Command], Iterator[str]]]" = {"bash": bash, "fish": fish, "zsh": zsh}

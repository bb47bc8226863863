"""`python -m daemon.clients.cli.manual`: the manual page facelatch(1), from the commands."""

import re
from collections.abc import Iterator

from daemon.clients.cli import command_tree, main, streams
from daemon.clients.cli.command_tree import Command, Option

_ENDING = (
    (
        "FILES",
        (
            ("/etc/facelatch/config.toml", "the configuration of the service"),
            ("/var/lib/facelatch", "what people enrolled, sealed"),
            ("/var/cache/facelatch", "networks beside those that were installed"),
        ),
    ),
    (
        "EXIT STATUS",
        (
            ("0", "yes, or all went well"),
            ("1", "no: another face, damage found, not as expected"),
            ("2", "could not tell, or a wrong command line"),
        ),
    ),
)


def page(root: Command) -> Iterator[str]:
    """Lines of the page, in the language of man(7)."""
    yield f'.TH FACELATCH 1 "" "{streams.program_version()}" "User Commands"'
    yield ".SH NAME"
    yield r"facelatch \- unlocks a desktop when it recognises its owner\(aqs face"
    yield ".SH SYNOPSIS"
    yield r".B facelatch"
    yield r".I COMMAND"
    yield "[options]"
    yield ".SH DESCRIPTION"
    yield _escaped(root.help)
    yield "The password always works."
    yield ".SH COMMANDS"
    for command in root.below():
        if command.words:
            yield from _command(command)
    for title, rows in _ENDING:
        yield f".SH {title}"
        for name, text in rows:
            yield ".TP"
            yield f".B {_escaped(name)}"
            yield _escaped(text)


def _command(command: Command) -> Iterator[str]:
    places = " ".join(argument.value for argument in command.arguments)
    yield f".SS {_escaped(' '.join(('facelatch', *command.words, places)).strip())}"
    yield _escaped(command.help)
    for option in command.options:
        if option.spellings != ("-h", "--help"):
            yield from _option(option)


def _option(option: Option) -> Iterator[str]:
    spellings = ", ".join(rf"\fB{_escaped(spelling)}\fR" for spelling in option.spellings)
    value = rf" \fI{_escaped(option.value)}\fR" if option.value else ""
    yield ".TP"
    yield f"{spellings}{value}"
    yield _escaped(option.help) or r"\&"


def _escaped(text: str) -> str:
    """As it stands, whatever it begins with."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^(['.])", r"\\&\1", text)


if __name__ == "__main__":
    print("\n".join(page(command_tree.tree(main.parser()))))

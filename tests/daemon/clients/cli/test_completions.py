"""What completes commands, and the manual page: both from the commands themselves."""

import argparse
import shutil
import subprocess
from pathlib import Path

import pytest

from daemon.clients.cli import command_tree, completions, main, manual
from daemon.clients.cli.command_tree import Command, Option


@pytest.fixture(scope="module")
def root() -> Command:
    return command_tree.tree(main.parser())


def _typed(root: Command, *words: str) -> set[str]:
    """What bash offers for the last of these words."""
    script = "\n".join(completions.bash(root))
    typed = f'COMP_WORDS=("$@"); COMP_CWORD={len(words)}; _facelatch'
    ask = f'{typed}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(
        ["bash", "-c", f"{script}\n{ask}", "bash", "facelatch", *words],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return set(done.stdout.split())


def test_the_tree_has_what_argparse_knows() -> None:
    parser = argparse.ArgumentParser(description="All  of it.")
    parser.add_argument("--secret", help=argparse.SUPPRESS)
    subparsers = parser.add_subparsers()
    one = subparsers.add_parser("one", help="the first", description="the first")
    one.add_argument("shell", choices=["a", "b"])
    one.add_argument("-n", "--number", type=int, default=3, help="100 %% of (%(default)s)")
    found = command_tree.tree(parser)
    assert found.help == "All of it."
    assert [option.spellings for option in found.options] == [("-h", "--help")]
    (command,) = found.commands
    assert (command.words, command.help) == (("one",), "the first")
    assert command.arguments == (Option((), "", "a|b", ("a", "b")),)
    assert command.options[1] == Option(("-n", "--number"), "100 % of (3)", "NUMBER", ())
    assert list(found.below()) == [found, command]


def test_bash_completes_commands_their_own_and_values(root: Command) -> None:
    assert set(main.COMMANDS) <= _typed(root, "")
    assert _typed(root, "ver") == {"verify"}
    assert {"list", "fetch", "prepare", "verify"} <= _typed(root, "models", "")
    assert _typed(root, "models", "fetch", "--js") == {"--json"}
    assert _typed(root, "verify", "--liveness", "st") == {"standard", "strict"}
    assert _typed(root, "completions", "") >= {"bash", "fish", "zsh"}
    # A file is to follow, which bash itself completes.
    assert _typed(root, "demo", "--output", "") == set()


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_every_command_is_in_what_is_printed(
    shell: str, capsys: pytest.CaptureFixture[str], root: Command
) -> None:
    assert main.main(["completions", shell]) == 0
    printed = capsys.readouterr().out
    for command in root.commands:
        assert command.words[0] in printed
        assert command.help.replace("'", "'\"'\"'") in printed or shell == "bash"


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not on this machine")
def test_the_manual_page_is_one(root: Command, tmp_path: Path) -> None:
    page = tmp_path / "facelatch.1"
    page.write_text("\n".join(manual.page(root)) + "\n")
    done = subprocess.run(
        ["man", "--warnings", "--encoding=UTF-8", "-l", page],
        env={"PATH": "/usr/bin:/bin", "MANPAGER": "cat", "LC_ALL": "C.UTF-8", "MANWIDTH": "200"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    for command in root.below():
        assert " ".join(("facelatch", *command.words)) in done.stdout


def test_the_manual_page_escapes_what_troff_would_read() -> None:
    option = Option(("--x",), "'quoted' .dotted back\\slash", "FILE", ())
    command = Command(("one",), ".x", (), (option,), ())
    lines = list(manual.page(Command((), "", (), (), (command,))))
    assert r"\&'quoted' .dotted back\eslash" in lines
    assert r"\&.x" in lines
    assert r"\fB\-\-x\fR \fIFILE\fR" in lines

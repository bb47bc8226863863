"""Without the extras: what recognises runs, and what needs them says so in one line."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon.clients.conftest import RESNET, Call


def run(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tests.daemon.clients.cli.without_extras", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_recognises_runs_without_the_workshop(enrolled: Call, owner_picture: Path) -> None:
    assert enrolled("list").code == 0
    done = run("verify", "--source", owner_picture, *RESNET)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("match: Eileen")


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("train", "folder", "--name", "x"), "workshop"),
        (("train", "owner", "x", "--me", "a", "--others", "b"), "workshop"),
        (("evaluate", "siamese", "--images", "a", "--output", "b"), "workshop"),
        (("predict", "a.jpg", "--references", "b", "--plot", "c.png"), "workshop"),
        (("dataset", "prepare", "a.mat", "b"), "workshop"),
        (("web",), "web"),
    ],
)
def test_what_needs_an_extra_says_so_in_one_line(words: tuple[str, ...], extra: str) -> None:
    done = run(*words)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert line.startswith(f"facelatch: this needs facelatch[{extra}]")
    assert line.endswith(f"run: pip install 'facelatch[{extra}]'")

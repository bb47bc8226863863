"""Every quick command in every kind of terminal: `scripts/terminal-trial` prints what is wrong.

A command is fine where it ends as it does elsewhere, prints no traceback and no "unexpected", one
line for each error, no date broken in two, and no colour where none is wanted.
"""

import argparse
import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.data import ROOT

NAME = "محمد علي"
SECONDS = 120.0
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_COLOUR = re.compile(r"\x1b\[[0-9;]*(3|4|9|10)[0-7]m")
_STYLE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@dataclass(frozen=True, slots=True)
class Setting:
    """A kind of terminal. `columns` 0: no terminal; `output` where standard output goes."""

    name: str
    columns: int = 80
    environment: Mapping[str, str | None] = field(default_factory=dict)
    output: str = ""


SETTINGS = (
    Setting("80 columns"),
    Setting("40 columns", 40),
    Setting("200 columns", 200),
    Setting("LC_ALL=C", environment={"LC_ALL": "C"}),
    Setting("Latin-1", environment={"PYTHONIOENCODING": "latin-1:strict"}),
    Setting("German", environment={"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"}),
    Setting("Turkish", environment={"LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "tr"}),
    Setting("Arabic", environment={"LC_ALL": "ar_EG.UTF-8", "LANGUAGE": "ar"}),
    Setting("NO_COLOR", environment={"NO_COLOR": "1"}),
    Setting("TERM=dumb", environment={"TERM": "dumb"}),
    Setting("no HOME", environment={"HOME": None}),
    Setting("closed output", 0, output="closed"),
    Setting("full output", 0, output="full"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended, and what it printed on both streams."""

    code: int
    out: str
    err: str


def commands(folder: Path) -> dict[str, tuple[str, ...]]:
    """Words by what they are called in the table."""
    picture, store = str(folder / "owner.png"), str(folder / "templates")
    here = ("--source", picture, "--store", store, "--embedder", "resnet")
    return {
        "--version": ("--version",),
        "--help": ("--help",),
        "verify --help": ("verify", "--help"),
        "no such command": ("verfy",),
        "list": ("list", "--store", store),
        "list --json": ("list", "--json", "--store", store),
        "list nobody": ("list", "nobody", "--store", store),
        "models list": ("models", "list"),
        "verify": ("verify", *here),
        "verify --json": ("verify", "--json", *here),
        "verify without a camera": ("verify", "--store", store),
        "enroll again": ("enroll", NAME, *here),
        "enroll a\\x07b": ("enroll", "a\x07b", *here),
        "watch": ("watch", "--no-greet", *here),
        "remove nobody": ("remove", "nobody", "--store", store),
        "log": ("log",),
        "status": ("status",),
        "doctor": ("doctor",),
        "config show": ("config", "show"),
        "pam status": ("pam", "status"),
        "camera list": ("camera", "list"),
    }


def run(words: tuple[str, ...], setting: Setting, folder: Path) -> Outcome:
    """Runs one command as it would be run there."""
    environment: dict[str, str] = {**os.environ, "HOME": str(folder), "TERM": "xterm-256color"}
    environment |= {"XDG_DATA_HOME": str(folder / "data"), "LC_ALL": "C.UTF-8"}
    environment |= {name: value for name, value in setting.environment.items() if value is not None}
    for name, value in setting.environment.items():
        if value is None:
            environment.pop(name, None)
    argv = [sys.executable, "-m", "daemon", *words]
    if setting.output == "closed":
        argv = ["sh", "-c", 'exec "$@" >&-', "sh", *argv]
    if setting.output:
        with Path("/dev/full" if setting.output == "full" else os.devnull).open("w") as out:
            done = subprocess.run(
                argv, stdout=out, stderr=-1, env=environment, cwd=ROOT, timeout=SECONDS, check=False
            )
        return Outcome(done.returncode, "", done.stderr.decode(errors="replace"))
    with _terminal(setting.columns) as (ours, theirs):
        process = subprocess.Popen(
            argv, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=environment, cwd=ROOT
        )
        os.close(theirs)
        out_bytes = b"".join(_read(ours))
        _, err = process.communicate(timeout=SECONDS)
    encoding = "latin-1" if setting.name == "Latin-1" else "utf-8"
    return Outcome(process.returncode, out_bytes.decode(encoding, "replace"), err.decode())


@contextlib.contextmanager
def _terminal(columns: int) -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def _read(ours: int) -> Iterator[bytes]:
    # The kernel says EIO once nobody has the other end open.
    with contextlib.suppress(OSError):
        while piece := os.read(ours, 1 << 16):
            yield piece


def faults(name: str, got: Outcome, usual: Outcome, setting: Setting) -> list[str]:
    """What is wrong with it, nothing where it is fine."""
    found = []
    plain = _STYLE.sub("", got.out)
    said = f"{plain}\n{got.err}"
    if "Traceback" in said or "unexpected " in said:
        found.append("traceback")
    prints = usual.out != ""
    expected = 2 if setting.output == "full" and prints and usual.code < 2 else usual.code
    if got.code != expected:
        found.append(f"exit {got.code} instead of {expected}")
    if name.startswith("list") and name != "list nobody" and not setting.output:
        found += [] if _DATE.search(plain.replace("\r\n", "\n")) else ["a date is broken"]
    if setting.name in ("NO_COLOR", "TERM=dumb") and _COLOUR.search(got.out):
        found.append("colour")
    lines = [line for line in got.err.splitlines() if not line.startswith(("facelatch", "usage"))]
    if got.code == 2 and name != "no such command" and lines and not _is_usage(got.err):
        found.append(f"more than one line: {lines[0][:60]!r}")
    return found


def _is_usage(err: str) -> bool:
    return err.startswith("usage:")


def trial(folder: Path, only: str = "") -> list[tuple[str, str, Outcome, list[str]]]:
    """Runs all of them; (command, setting, outcome, faults) each."""
    rows = []
    for name, words in commands(folder).items():
        if only and only not in name:
            continue
        usual = run(words, SETTINGS[0], folder)
        for setting in SETTINGS:
            got = usual if setting is SETTINGS[0] else run(words, setting, folder)
            rows.append((name, setting.name, got, faults(name, got, usual, setting)))
    return rows


def prepared(folder: Path) -> None:
    """A picture, and somebody enrolled whose name Latin-1 lacks."""
    import cv2

    from tests.portraits import owner_portrait

    assert cv2.imwrite(str(folder / "owner.png"), owner_portrait())
    words = ("enroll", NAME, *commands(folder)["verify"][1:])
    done = run(words, SETTINGS[0], folder)
    assert done.code == 0, done.err


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="commands that have this in their name")
    only = parser.parse_args().only
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        prepared(folder)
        rows = trial(folder, only)
    bad = 0
    for name, setting, got, wrong in rows:
        first = next(iter(f"{_STYLE.sub('', got.out)}{got.err}".strip().splitlines()), "")
        bad += bool(wrong)
        verdict = "; ".join(wrong) or "ok"
        sys.stdout.write(f"{name:24} {setting:14} {got.code:3}  {verdict:20}  {first[:90]}\n")
    sys.stdout.write(f"{len(rows)} tried, {bad} wrong\n")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())

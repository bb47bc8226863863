"""What a program writes, as the kernel sees it: `strace` on every thread and child of it."""

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

# All ways to a file's content or a new name; a file that is mapped must be opened first.
_CALLS = (
    "open,openat,openat2,creat,write,writev,pwrite64,pwritev,pwritev2,sendfile,copy_file_range,"
    "splice,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mkdir,mkdirat,mknod,mknodat,"
    "memfd_create,ftruncate"
)
_OPENED = re.compile(r"open(?:at2?)?\((.*)\) = \d+<(/[^>]*)>$")
_WRITTEN = re.compile(r"(?:p?writev?2?(?:64)?|sendfile|copy_file_range)\(\d+<([^>]*)>.* = (\d+)$")
_NAMED = re.compile(r"(?:mkdir|mknod|symlink|memfd_create|creat)[a-z]*\(.* = \d+")
_WRITING = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND")


@dataclass(frozen=True)
class Trace:
    """Files that were opened to be written, bytes written to each, and other things made."""

    opened: frozenset[str]
    written: dict[str, int]
    made: tuple[str, ...]


def command(log: Path) -> list[str]:
    """The beginning of a command line; skips where no program can be traced."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip(f"no program can be traced here: {tried.stderr.decode().strip()}")
    return ["strace", "-f", "-y", "-s", "0", "-o", str(log), "-e", f"trace={_CALLS}"]


@contextmanager
def attached(pid: int, log: Path) -> Iterator[None]:
    """Traces a program that runs already."""
    begin = [*command(log), "-p", str(pid)]
    tracer = subprocess.Popen(begin, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    first = tracer.stderr.readline()
    if "attached" not in first:
        tracer.kill()
        tracer.wait()
        pytest.skip(f"no program can be traced here: {first.strip()}")
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=60)


def read(log: Path) -> Trace:
    """What `strace` wrote down. Calls that were cut in two by others' are put together."""
    opened, written, made = set(), dict[str, int](), []
    for line in _whole(log.read_text().splitlines()):
        if (found := _OPENED.search(line)) and any(flag in found[1] for flag in _WRITING):
            opened.add(found[2])
        elif found := _WRITTEN.search(line):
            written[found[1]] = written.get(found[1], 0) + int(found[2])
        elif _NAMED.search(line):
            made.append(line)
    return Trace(frozenset(opened), written, tuple(made))


def _whole(lines: Sequence[str]) -> Iterator[str]:
    begun: dict[str, str] = {}
    for line in lines:
        thread, _, call = line.partition(" ")
        call = call.strip()
        if call.endswith("<unfinished ...>"):
            begun[thread] = call.removesuffix("<unfinished ...>").strip()
        elif call.startswith("<..."):
            yield begun.pop(thread, "") + call.partition("resumed>")[2]
        else:
            yield call

"""How long a command takes from nothing, and how much memory: each time in a fresh process."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import FacelatchError

_PATIENCE_S = 120.0

# The process reads its own peak: what `wait4` reports includes the parent's memory at the fork.
_WRAPPER = """
import importlib, os, sys
module, function = sys.argv[2].split(":")
out = os.fdopen(int(sys.argv[1]), "w")
code = getattr(importlib.import_module(module), function)(sys.argv[3:])
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM:"))
out.write(f"{code} {peak}")
out.close()
os._exit(0)
"""


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Medians over several fresh processes."""

    seconds: float
    """From starting Python to the end of the command."""
    resident_mb: float
    """Largest resident memory, in 10^6 bytes."""
    runs: int


class ColdStartError(FacelatchError):
    """The command did not do what it was to be timed at."""


def cold_start(
    entry_point: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    expected_exit: int = 0,
    runs: int = 3,
) -> ColdStart:
    """Times `entry_point` ("module:function", called with the list of arguments).

    The first run warms the disk's cache and is not counted; with `runs` 0 it is the only one, and
    counts. Raises ColdStartError where the
    command ends otherwise than expected.
    """
    measured = [_run(entry_point, arguments, environment, expected_exit) for _ in range(runs + 1)]
    counted = measured[1:] or measured
    seconds, megabytes = np.median(np.array(counted), axis=0)
    return ColdStart(float(seconds), float(megabytes), len(counted))


def _run(
    entry_point: str, arguments: Sequence[str], environment: Mapping[str, str], expected: int
) -> tuple[float, float]:
    reader, writer = os.pipe()
    command = [sys.executable, "-P", "-c", _WRAPPER, str(writer), entry_point, *arguments]
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **environment},
            pass_fds=(writer,),
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        os.close(reader)
        raise ColdStartError(f"{arguments[0]} took more than {_PATIENCE_S:g} s") from error
    finally:
        os.close(writer)
    seconds = time.perf_counter() - started
    with os.fdopen(reader) as stream:
        fields = stream.read().split()
    if len(fields) != 2 or fields[0] != str(expected):
        said = " ".join(done.stderr.decode(errors="replace").split())[-300:]
        raise ColdStartError(f"{' '.join(arguments)} failed: {said or 'it said nothing'}")
    return seconds, int(fields[1]) * 1024 / 1e6

"""Converts networks in a child process: TensorFlow never enters the process that recognises."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from daemon.clients.cli import output
from models.assets import catalogue, prepared, weights
from models.assets.catalogue import ModelSpec
from models.errors import ConversionError, CorruptNetworkError, NotPreparedError

_LONGEST_S = 1800.0
_STOP_TIMEOUT_S = 10.0
_LONGEST_LINE = 1000

_Loaded = TypeVar("_Loaded")


def load_or_prepare(load: Callable[[], _Loaded], *, quiet: bool = False) -> _Loaded:
    """What `load` returns; networks that it finds not prepared, or damaged, are made first.

    Each model is made at most once. Raises what `load` raises, ConversionError, ModelError.
    """
    made: set[str] = set()
    while True:
        try:
            return load()
        except (NotPreparedError, CorruptNetworkError) as error:
            if error.model in made:
                raise
            made.add(error.model)
            _explain(error, quiet=quiet)
            ensure_prepared([error.model], quiet=quiet)


def ensure_prepared(names: Iterable[str], *, quiet: bool = False) -> None:
    """Makes the networks of each model that is not prepared or whose networks are damaged.

    Says so on standard error unless `quiet`. Raises NotInstalledError, ConversionError, ModelError.
    """
    for name in names:
        prepare(catalogue.spec(name), quiet=quiet)


def prepare(spec: ModelSpec, *, quiet: bool = False) -> bool:
    """Makes the networks of one model; False where they were there, whole, already.

    Raises as `ensure_prepared` does.
    """
    if not spec.networks or is_prepared(spec):
        return False
    if not weights.installed(spec):
        raise weights.not_installed(spec)
    with output.working(f"preparing {spec.name}, once", quiet=quiet) as report:
        _convert(spec.name, report)
    # Read back, because what a child process says is not yet what lies on the disk.
    if not is_prepared(spec):
        raise ConversionError(f"the conversion of {spec.name} left no network that can be used")
    return True


def is_prepared(spec: ModelSpec) -> bool:
    """True where every converted network is here, whole and safe to use."""
    try:
        prepared.verify(spec)
    except (NotPreparedError, CorruptNetworkError):
        return False
    return True


def _explain(error: NotPreparedError | CorruptNetworkError, *, quiet: bool) -> None:
    if isinstance(error, CorruptNetworkError) and not quiet:
        output.note(f"{error.message}; it is made anew")


def _command(name: str) -> list[str]:
    # -P: the folder in which a person stands must not be able to replace our modules.
    return [sys.executable, "-P", "-m", "models.convert", name]


def _convert(name: str, report: output.Reporter) -> None:
    # Packages that convert bring matplotlib, which would leave its list of fonts at home.
    with (
        tempfile.TemporaryDirectory(prefix="facelatch-") as scratch,
        subprocess.Popen(
            _command(name),
            env={**os.environ, "MPLCONFIGDIR": scratch},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        ) as child,
    ):
        said = _follow(child, name, report)
    if child.returncode < 0:
        raise ConversionError(
            f"the conversion of {name} was killed (signal {-child.returncode})",
            "it needs about 2 GB of free memory",
        )
    if child.returncode > 0:
        raise ConversionError(f"cannot prepare {name}: {said or 'it says not why'}")


def _follow(child: "subprocess.Popen[str]", name: str, report: output.Reporter) -> str:
    """Passes on what the child says of its progress until it ends; the last line it wrote.

    It does not outlive this call.
    """
    last = ""
    limit = threading.Timer(_LONGEST_S, child.kill)
    limit.daemon = True
    limit.start()
    try:
        while child.stderr is not None and (line := child.stderr.readline(_LONGEST_LINE)):
            if line.strip():
                last = line.strip()
                # Other lines are complaints: the last of them becomes the error.
                if last.startswith(f"{name}: "):
                    report(last.removeprefix(f"{name}: "))
        child.wait()
    finally:
        limit.cancel()
        _end(child)
    return last


def _end(child: "subprocess.Popen[str]") -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()

"""What a figure was measured with, so that others can measure it again."""

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("facelatch", "numpy", "opencv-python", "ai-edge-litert")


def versions(*more: str) -> dict[str, str]:
    """Versions of Python, of our packages and of `more` distributions that are installed."""
    found = {"python": platform.python_version()}
    for name in (*_PACKAGES, *more):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def processor() -> str:
    """The processor's name, or its architecture where the kernel does not tell."""
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            lines = [line for line in file if line.startswith("model name")]
    except OSError:
        lines = []
    return lines[0].partition(":")[2].strip() if lines else platform.machine()

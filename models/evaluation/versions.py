"""What a figure was measured with, so that others can measure it again."""

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("facelatch", "numpy", "opencv-python", "ai-edge-litert")

_CPUINFO = Path("/proc/cpuinfo")
_FEATURES = (
    *("sse4_2", "avx", "f16c", "fma", "avx2", "avx_vnni"),
    *("avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16", "amx_int8"),
    *("asimd", "asimddp", "i8mm", "sve"),
)


def versions(*more: str) -> dict[str, str]:
    """Versions of Python, of our packages and of `more` distributions that are installed."""
    found = {"python": platform.python_version()}
    for name in (*_PACKAGES, *more):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def processor(cpuinfo: Path = _CPUINFO) -> str:
    """The processor's name, or its architecture where the kernel does not tell."""
    return _told(cpuinfo, "model name") or platform.machine()


def processor_features(cpuinfo: Path = _CPUINFO) -> tuple[str, ...]:
    """Those of the processor's instruction sets that decide how fast a network runs.

    As the kernel names them: `flags` of x86, `Features` of ARM.
    """
    known = set((_told(cpuinfo, "flags") or _told(cpuinfo, "Features")).split())
    return tuple(feature for feature in _FEATURES if feature in known)


def _told(cpuinfo: Path, what: str) -> str:
    """What the kernel says of the first processor, "" where it says nothing."""
    try:
        with cpuinfo.open(encoding="ascii", errors="replace") as file:
            lines = (line.partition(":") for line in file)
            return next((text.strip() for name, _, text in lines if name.strip() == what), "")
    except OSError:
        return ""

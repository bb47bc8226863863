"""Which installed packages the service needs, and which of their files. Reads, changes nothing."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from daemon.install.errors import InstallError

SERVICE_PACKAGES = (
    "ai-edge-litert",
    "cryptography",
    "dbus-fast",
    "numpy",
    "opencv-python",
    "polib",
    "pystray",
    "python-xlib",
    "pyttsx3",
    "pywayland",
    "rich",
    "tomlkit",
)
"""What the service, the agent and the commands import; what these need comes along."""

_INSTEAD = {"opencv-python": "opencv-python-headless"}
"""What will do as well: without windows of its own (`watch --window`)."""

_UNUSED = {
    *("backports-strenum", "flatbuffers", "ml-dtypes", "protobuf", "tqdm"),  # ai-edge-litert
    "typing-extensions",  # ai-edge-litert, where it compiles for other processors
    *("markdown-it-py", "mdurl", "pygments"),  # rich, for Markdown and source code
    "pillow",  # pystray, for X trays without GTK
    "pycparser",  # cffi, where it compiles
}
"""What packages ask for beside what ours imports of them (normal names, as PEP 503 has it)."""

_NEEDLESS = (
    "*/tests/*",
    "*.pyi",
    "*.pxd",
    "*.a",
    "*.h",
    "numpy/_core/_simd.*",
    "numpy/_core/_*_tests.*",
    "numpy/distutils/*",
    "numpy/f2py/*",
    "numpy/_pyinstaller/*",
    "numpy/conftest.py",
    "numpy/doc/*",
    "numpy/polynomial/*",
    "numpy/testing/*",
    # What runs networks on other processors, compiles for them, and writes LiteRT's files.
    "ai_edge_litert/aot/*",
    "ai_edge_litert/tflite/*",
    "ai_edge_litert/tools/*",
    "ai_edge_litert/vendors/*",
    "ai_edge_litert/libLiteRtWebGpuAccelerator.so",
    "ai_edge_litert/schema_py_generated.py",
    "ai_edge_litert/*_pb2.py",
    # Of the newer interface to LiteRT; the interpreter has its own copy. It is loaded where it is.
    "ai_edge_litert/libLiteRt.so",
    # Extensions need its _cffi_backend alone.
    "cffi/*",
    # Templates are sealed by one cipher, with keys derived by two functions.
    "cryptography/x509/*",
    "cryptography/hazmat/asn1/*",
    "cryptography/hazmat/primitives/asymmetric/*",
    "cryptography/hazmat/primitives/serialization/*",
    "cryptography/hazmat/primitives/twofactor/*",
    # Its wheel has them a second time, beside the list of its files.
    "cv2/LICENSE*",
    "cv2/data/haarcascade_[!f]*",
    "cv2/data/haarcascade_frontalface_alt*",
    "cv2/data/haarcascade_frontalcatface*",
    "cv2/data/haarcascade_fullbody*",
    # Of another system, and what Markdown and source code would need more packages for.
    "rich/_win*",
    "rich/markdown.py",
    "rich/syntax.py",
    "rich/traceback.py",
    "Xlib/keysymdef/[!_lm]*",
    # Wayland's own protocol is used, and of its extensions the one that tells of idle time.
    "pywayland/protocol/[!ew]*",
    "pywayland/protocol/ext_[!i]*",
    "pywayland/protocol/ext_im*",
    "pywayland/protocol/w[!a]*",
)
"""Files of packages, below `site-packages`, that nothing of ours opens."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Package:
    """One package of the environment that runs."""

    name: str
    version: str
    files: tuple[tuple[Path, str], ...]
    """Each file, and its place below `site-packages`."""


def needed_packages(names: Iterable[str] = SERVICE_PACKAGES) -> list[Package]:
    """These packages and all that they need, as installed here, sorted by name.

    Raises InstallError where one is missing, or was not installed by pip.
    """
    found: dict[str, Distribution] = {}
    for name in names:
        _collect(name, found, required=True)
    return [_package(name, found[name]) for name in sorted(found)]


def _collect(name: str, found: dict[str, Distribution], *, required: bool) -> None:
    name = _normal(name)
    if name in found:
        return
    try:
        found[name] = _distribution(name)
    except PackageNotFoundError:
        if required:
            raise InstallError(
                f"the Python package {name} is not installed here",
                "run setup from a complete environment; scripts/demo makes one",
            ) from None
        return
    for requirement in found[name].requires or []:
        what, _, condition = requirement.partition(";")
        # Where a condition does not hold here, the package is not here either; an extra that
        # happens to be installed is not what we asked for.
        match = _NAME.match(what.strip())
        if match and "extra" not in condition and _normal(match[0]) not in _UNUSED:
            _collect(match[0], found, required=not condition)


def _distribution(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        if name not in _INSTEAD:
            raise
        return distribution(_INSTEAD[name])


def _package(name: str, found: Distribution) -> Package:
    if found.files is None:
        raise InstallError(
            f"the Python package {name} has no list of its files",
            "run setup from an environment made with pip; scripts/demo makes one",
        )
    return Package(name, found.version, tuple(_files(found)))


def _files(found: Distribution) -> Iterator[tuple[Path, str]]:
    for file in found.files or []:
        # Programs lie outside, byte code is made anew.
        if ".." in file.parts or file.is_absolute() or file.suffix == ".pyc":
            continue
        if is_needless(file.as_posix()):
            continue
        yield Path(str(found.locate_file(file))), file.as_posix()


def is_needless(place: str) -> bool:
    """Whether nothing of ours opens the file at this place below `site-packages`."""
    return any(fnmatch(place, pattern) for pattern in _NEEDLESS)


def _normal(name: str) -> str:
    """The name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()

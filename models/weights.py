"""Where weights lie on this machine, and the digest check that comes before every use."""

import hashlib
import importlib.util
import os
from pathlib import Path

from models.catalogue import Download, ModelSpec, PackageFile, Source
from models.errors import CorruptModelError, NotInstalledError

SYSTEM_CACHE = Path("/var/cache/facelatch")


def cache_folder() -> Path:
    """Folder of fetched weights and converted networks.

    `FACELATCH_CACHE` if set, else `facelatch` in the XDG cache folder.
    """
    if chosen := os.environ.get("FACELATCH_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "facelatch"


def source_path(source: Source) -> Path | None:
    """Path of `source` on this machine, or None where it is not installed."""
    if isinstance(source, Download):
        path = cache_folder() / "weights" / source.filename
    else:
        found = _package_file(source)
        if found is None:
            return None
        path = found
    return path if path.is_file() else None


def installed(spec: ModelSpec) -> bool:
    """True where every source file of the model is on this machine (digests unchecked)."""
    return all(source_path(source) is not None for source in spec.sources)


def read_source(spec: ModelSpec, source: Source) -> bytes:
    """Content of `source` after its digest was checked.

    Raises NotInstalledError, or CorruptModelError where the content is not what was published.
    """
    path = source_path(source)
    if path is None:
        raise NotInstalledError(
            f"the weights of {spec.name} are not installed", _install_hint(spec)
        )
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise CorruptModelError(
            f"{path} is not the published file of {spec.name}", _install_hint(spec)
        )
    return content


def source_digest(spec: ModelSpec) -> str:
    """One sha256, in hexadecimal, over the published digests of all sources of the model."""
    joined = "".join(source.sha256 for source in spec.sources)
    return hashlib.sha256(joined.encode()).hexdigest()


def _install_hint(spec: ModelSpec) -> str:
    if any(isinstance(source, Download) for source in spec.sources):
        return f"run: facelatch models fetch {spec.name}"
    packages = {source.package for source in spec.sources if isinstance(source, PackageFile)}
    return f"reinstall the Python package {', '.join(sorted(packages))}"


def _package_file(source: PackageFile) -> Path | None:
    # find_spec locates without importing: mtcnn would pull TensorFlow in.
    found = importlib.util.find_spec(source.package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / source.path

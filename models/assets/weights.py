"""Where weights lie on this machine, and the digest check that comes before every use."""

import hashlib
import importlib.util
import os
from pathlib import Path

from models import files
from models.assets.catalogue import DOWNLOAD_LIMIT, Download, ModelSpec, PackageFile, Source
from models.errors import CorruptModelError, ModelError, NotInstalledError, UsageError


def cache_folder() -> Path:
    """Folder of fetched weights and converted networks.

    `FACELATCH_CACHE` if set, else `facelatch` in the XDG cache folder. Raises UsageError where
    neither can be told.
    """
    try:
        if chosen := os.environ.get("FACELATCH_CACHE"):
            return Path(chosen).expanduser().absolute()
        base = Path(os.environ.get("XDG_CACHE_HOME", ""))
        # The XDG specification: a relative path there is to be ignored.
        return (base if base.is_absolute() else Path.home() / ".cache") / "facelatch"
    except RuntimeError:
        raise UsageError("this user has no home folder", "set FACELATCH_CACHE") from None


def weights_folder() -> Path:
    """Folder of fetched weights (it need not exist)."""
    return cache_folder() / "weights"


def source_path(source: Source) -> Path | None:
    """Path of `source` on this machine, or None where it is not installed."""
    if isinstance(source, Download):
        path = weights_folder() / source.filename
    else:
        found = _package_file(source)
        if found is None:
            return None
        path = found
    try:
        return path if path.is_file() else None
    except OSError as error:
        raise ModelError(f"cannot look at {path}: {files.reason(error)}") from error


def installed(spec: ModelSpec) -> bool:
    """True where every source file of the model is on this machine (digests unchecked)."""
    return all(source_path(source) is not None for source in spec.sources)


def read_source(spec: ModelSpec, source: Source) -> bytes:
    """Content of `source` after its digest was checked.

    Raises NotInstalledError, CorruptModelError where the content is not what was published, or
    ModelError where the file cannot be read.
    """
    path = source_path(source)
    if path is None:
        raise not_installed(spec)
    try:
        content = files.read_bounded(path, most=source.size or DOWNLOAD_LIMIT)
    except files.UntrustedError:
        raise _corrupt(spec, path) from None
    except OSError as error:
        raise ModelError(f"cannot read {path}: {files.reason(error)}") from error
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise _corrupt(spec, path)
    return content


def source_digest(spec: ModelSpec) -> str:
    """One sha256, in hexadecimal, over the published digests of all sources of the model."""
    joined = "".join(source.sha256 for source in spec.sources)
    return hashlib.sha256(joined.encode()).hexdigest()


def not_installed(spec: ModelSpec) -> NotInstalledError:
    """The error for a model whose weights are not here, with what to do about it."""
    return NotInstalledError(f"the weights of {spec.name} are not installed", _install_hint(spec))


def _corrupt(spec: ModelSpec, path: Path) -> CorruptModelError:
    return CorruptModelError(
        f"{path} is not the published file of {spec.name}", _install_hint(spec)
    )


def _install_hint(spec: ModelSpec) -> str:
    if any(isinstance(source, Download) for source in spec.sources):
        return f"run: facelatch models fetch {spec.name}"
    return f"reinstall the {spec.origin}"


def _package_file(source: PackageFile) -> Path | None:
    # find_spec locates without importing: mtcnn would pull TensorFlow in.
    found = importlib.util.find_spec(source.package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / source.path

"""Converted networks on disk: one folder a model, a manifest beside the networks.

    <cache>/prepared/<model>-<key>/manifest.json
    <cache>/prepared/<model>-<key>/<network>.<precision>.tflite

The same folder may lie in the environment that runs (`shipped`); the cache's goes first.

The key names the source's digest and the converter's version, so that an old conversion is never
mistaken for a new one. Every network is checked against the manifest's digest before it is used.
That digest finds damage; against malice, nothing is used that another user could have changed
(`models.files`). What cannot be used can always be made anew from the weights.
"""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from models import files
from models.assets import shipped
from models.assets.catalogue import ModelSpec
from models.assets.opened import opened
from models.assets.weights import cache_folder, source_digest
from models.errors import CorruptNetworkError, ModelError, NotPreparedError, UsageError
from models.types import Precision

CONVERTER_VERSION = 1
"""Raise it whenever a conversion would come out differently."""

_MANIFEST = "manifest.json"
_MANIFEST_LIMIT = 1_000_000
_NETWORK_LIMIT = 500_000_000
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """One converted network as the manifest knows it."""

    file: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `prepare` wrote about one model."""

    model: str
    source_sha256: str
    converter_version: int
    precision: Precision
    """The precision that runs by default: what passed the conversion's own check."""
    networks: Mapping[str, Mapping[str, NetworkFile]]
    """By network name, then by precision."""
    check: Mapping[str, Any]
    """Figures of the conversion's own check, and why a precision was refused."""


def folder(spec: ModelSpec) -> Path:
    """Folder that the converted networks of this model are written to (it need not exist)."""
    return cache_folder() / "prepared" / folder_name(spec)


def folder_name(spec: ModelSpec) -> str:
    """What that folder is called, here and in every environment."""
    made_of = ":".join([source_digest(spec), str(CONVERTER_VERSION), *spec.quantised])
    return f"{spec.name}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}"


def place(spec: ModelSpec) -> Path:
    """Folder that they are read from: the cache's, else the one that came with the environment."""
    cached, brought = folder(spec), shipped.networks() / folder_name(spec)
    return brought if not cached.is_dir() and brought.is_dir() else cached


def read_manifest(spec: ModelSpec) -> Manifest:
    """The manifest, checked.

    Raises NotPreparedError where there is none, CorruptNetworkError where it is damaged or where
    another user could have changed it, ModelError where it cannot be read.
    """
    with _opened(spec) as descriptor:
        return _manifest(spec, descriptor)


def load_network(spec: ModelSpec, network: str, precision: Precision | None = None) -> bytes:
    """Content of one converted network, its digest checked.

    `precision` None is int8 for those of `spec.quantised` that passed their check in it, else the
    manifest's. `network` is one of `spec.networks`. Raises as `read_manifest` does, and UsageError
    where the conversion made no network of that precision.
    """
    with _opened(spec) as descriptor:
        manifest = _manifest(spec, descriptor)
        made = manifest.networks[network]
        if precision is None:
            quantised = network in spec.quantised and "int8" in made
            precision = "int8" if quantised else manifest.precision
        entry = made.get(precision)
        if entry is None:
            raise UsageError(
                f"model {spec.name} has no {precision} network that passed its check",
                f"use {manifest.precision}",
            )
        return _content(spec, descriptor, entry)


def verify(spec: ModelSpec) -> Manifest:
    """Checks every converted network of the model; raises as `read_manifest` does."""
    with _opened(spec) as descriptor:
        manifest = _manifest(spec, descriptor)
        for by_precision in manifest.networks.values():
            for entry in by_precision.values():
                _content(spec, descriptor, entry)
    return manifest


def write(
    spec: ModelSpec,
    networks: Mapping[str, Mapping[Precision, bytes]],
    precision: Precision,
    check: Mapping[str, Any],
) -> Manifest:
    """Puts a conversion in place in one step: a reader finds it whole or finds none.

    For one writer at a time. `check` must be JSON. Raises ModelError where the folder cannot be
    written, ValueError where `networks` are not those of the model.
    """
    target = folder(spec)
    try:
        return _write(spec, target, networks, precision, check)
    except OSError as error:
        raise ModelError(
            f"cannot write to {target.parent}: {files.reason(error)}",
            "make room there or set FACELATCH_CACHE to another folder",
        ) from error


def _write(
    spec: ModelSpec,
    target: Path,
    networks: Mapping[str, Mapping[Precision, bytes]],
    precision: Precision,
    check: Mapping[str, Any],
) -> Manifest:
    files.make_folder(target.parent, mode=0o755)
    staging = Path(tempfile.mkdtemp(prefix=_prefix(spec), dir=target.parent))
    try:
        manifest = _fill(spec, staging, networks, precision, check)
        staging.chmod(0o755)
        files.sync_folder(staging)
        files.replace_folder(staging, target, aside=target.with_name(f"{_prefix(spec)}old"))
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return manifest


def _fill(
    spec: ModelSpec,
    staging: Path,
    networks: Mapping[str, Mapping[Precision, bytes]],
    precision: Precision,
    check: Mapping[str, Any],
) -> Manifest:
    entries: dict[str, dict[str, NetworkFile]] = {
        network: {
            kind: _write_network(staging, f"{network}.{kind}.tflite", content)
            for kind, content in by_precision.items()
        }
        for network, by_precision in networks.items()
    }
    manifest = Manifest(
        spec.name, source_digest(spec), CONVERTER_VERSION, precision, entries, check
    )
    text = json.dumps(asdict(manifest), indent=2)
    # What could not be read back must not replace what can.
    _parse(spec, json.loads(text))
    files.write(staging / _MANIFEST, text.encode())
    return manifest


def _write_network(staging: Path, file: str, content: bytes) -> NetworkFile:
    files.write(staging / file, content)
    return NetworkFile(file, hashlib.sha256(content).hexdigest(), len(content))


def _prefix(spec: ModelSpec) -> str:
    return f".{spec.name}-"


def _opened(spec: ModelSpec) -> AbstractContextManager[int]:
    path = place(spec)
    return opened(
        path,
        absent=lambda: NotPreparedError(spec.name),
        corrupt=lambda what: _corrupt(spec, f"{path} {what}"),
    )


def _manifest(spec: ModelSpec, descriptor: int) -> Manifest:
    content = files.read_trusted(descriptor, _MANIFEST, most=_MANIFEST_LIMIT)
    try:
        return _parse(spec, json.loads(content))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _corrupt(spec, f"{place(spec) / _MANIFEST} is damaged") from error


def _content(spec: ModelSpec, descriptor: int, entry: NetworkFile) -> bytes:
    content = files.read_trusted(descriptor, entry.file, most=entry.size)
    if len(content) != entry.size or hashlib.sha256(content).hexdigest() != entry.sha256:
        raise _corrupt(spec, f"{place(spec) / entry.file} is damaged")
    return content


def _parse(spec: ModelSpec, raw: dict[str, Any]) -> Manifest:
    """The manifest in `raw`; raises one of several plain exceptions where it is not one."""
    networks = {
        name: {kind: NetworkFile(**entry) for kind, entry in by_precision.items()}
        for name, by_precision in raw["networks"].items()
    }
    manifest = Manifest(**{**raw, "networks": networks})
    complete = (
        manifest.model == spec.name
        and manifest.source_sha256 == source_digest(spec)
        and manifest.converter_version == CONVERTER_VERSION
        and manifest.precision in get_args(Precision)
        and isinstance(manifest.check, dict)
        and set(networks) == set(spec.networks)
        and all(_complete(manifest, by_precision) for by_precision in networks.values())
    )
    if not complete:
        raise ValueError("the manifest does not describe this model")
    return manifest


def _complete(manifest: Manifest, by_precision: Mapping[str, NetworkFile]) -> bool:
    return (
        manifest.precision in by_precision
        and set(by_precision) <= set(get_args(Precision))
        and all(map(_plausible, by_precision.values()))
    )


def _plausible(entry: NetworkFile) -> bool:
    return (
        bool(_FILE.fullmatch(entry.file))
        and bool(_SHA256.fullmatch(entry.sha256))
        and type(entry.size) is int
        and 0 < entry.size <= _NETWORK_LIMIT
    )


def _corrupt(spec: ModelSpec, message: str) -> CorruptNetworkError:
    return CorruptNetworkError(spec.name, message)

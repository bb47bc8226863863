"""Converted networks on disk: one folder a model, a manifest beside the networks.

    <cache>/prepared/<model>-<key>/manifest.json
    <cache>/prepared/<model>-<key>/<network>.<precision>.tflite

The key names the source's digest and the converter's version, so that an old conversion is never
mistaken for a new one. Every network is checked against the manifest's digest before it is used.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast, get_args

from models.catalogue import ModelSpec
from models.errors import CorruptModelError, NotPreparedError
from models.types import Precision
from models.weights import cache_folder, source_digest

CONVERTER_VERSION = 1
"""Raise it whenever a conversion would come out differently."""

_MANIFEST_LIMIT = 1_000_000


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
    """Folder of the converted networks of this model (it need not exist)."""
    key = hashlib.sha256(f"{source_digest(spec)}:{CONVERTER_VERSION}".encode()).hexdigest()[:16]
    return cache_folder() / "prepared" / f"{spec.name}-{key}"


def read_manifest(spec: ModelSpec) -> Manifest:
    """The manifest; raises NotPreparedError where there is none, CorruptModelError where broken."""
    path = folder(spec) / "manifest.json"
    try:
        with path.open("rb") as file:
            raw = file.read(_MANIFEST_LIMIT)
    except FileNotFoundError:
        raise NotPreparedError(spec.name) from None
    try:
        return _parse(spec, json.loads(raw))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _corrupt(spec, path) from error


def load_network(spec: ModelSpec, network: str, precision: Precision | None = None) -> bytes:
    """Content of one converted network, its digest checked; `precision` None is the default one.

    Raises NotPreparedError or CorruptModelError.
    """
    manifest = read_manifest(spec)
    entry = manifest.networks[network].get(precision or manifest.precision)
    if entry is None:
        raise NotPreparedError(spec.name)
    path = folder(spec) / entry.file
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise _corrupt(spec, path) from None
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise _corrupt(spec, path)
    return content


def verify(spec: ModelSpec) -> Manifest:
    """Checks every converted network of the model; raises as `load_network` does."""
    manifest = read_manifest(spec)
    for network, by_precision in manifest.networks.items():
        for precision in by_precision:
            load_network(spec, network, cast(Precision, precision))
    return manifest


def write(
    spec: ModelSpec,
    networks: Mapping[str, Mapping[Precision, bytes]],
    precision: Precision,
    check: Mapping[str, Any],
) -> Manifest:
    """Puts a conversion in place in one step: a reader sees the old folder or the new one."""
    target = folder(spec)
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{spec.name}-", dir=target.parent))
    try:
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
        _write_synced(staging / "manifest.json", text.encode())
        staging.chmod(0o755)
        discard(spec)
        staging.rename(target)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return manifest


def discard(spec: ModelSpec) -> None:
    """Removes the converted networks of this model, if any."""
    target = folder(spec)
    if target.exists():
        doomed = Path(tempfile.mkdtemp(prefix=f".{spec.name}-", dir=target.parent))
        target.rename(doomed / "old")
        shutil.rmtree(doomed, ignore_errors=True)


def _write_network(staging: Path, file: str, content: bytes) -> NetworkFile:
    _write_synced(staging / file, content)
    return NetworkFile(file, hashlib.sha256(content).hexdigest(), len(content))


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _parse(spec: ModelSpec, raw: dict[str, Any]) -> Manifest:
    networks = {
        name: {kind: NetworkFile(**entry) for kind, entry in by_precision.items()}
        for name, by_precision in raw["networks"].items()
    }
    manifest = Manifest(**{**raw, "networks": networks})
    complete = (
        manifest.model == spec.name
        and manifest.source_sha256 == source_digest(spec)
        and manifest.precision in get_args(Precision)
        and set(networks) == set(spec.networks)
        and all(manifest.precision in by_precision for by_precision in networks.values())
        and all(
            Path(entry.file).name == entry.file
            for by_precision in networks.values()
            for entry in by_precision.values()
        )
    )
    if not complete:
        raise ValueError("the manifest does not describe this model")
    return manifest


def _corrupt(spec: ModelSpec, path: Path) -> CorruptModelError:
    return CorruptModelError(f"{path} is damaged", f"run: facelatch models prepare {spec.name}")

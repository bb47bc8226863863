"""Networks that a person trained, on disk: one folder each, a manifest beside the network.

    <cache>/trained/<name>/manifest.json
    <cache>/trained/<name>/network.float32.tflite

As with converted networks the manifest's digest finds damage; against malice nothing is used that
another user could have changed (`models.files`).
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from models import files
from models.assets.opened import opened
from models.assets.weights import cache_folder
from models.errors import CorruptModelError, ModelError, NotInstalledError, UsageError

PREFIX = "siamese:"
"""How the zoo's names of trained networks begin."""
LEAST_AUC = 0.995
"""Of people held out; a network below tells people apart too badly to unlock anything."""
LEAST_PEOPLE = 10
"""Held out; fewer prove nothing."""

FORMAT = 1
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MANIFEST, _NETWORK = "manifest.json", "network.float32.tflite"
_MANIFEST_LIMIT, _NETWORK_LIMIT = 100_000, 200_000_000
_MOST_NAMES = 1000


@dataclass(frozen=True, slots=True)
class Trained:
    """One network with what is known of it. Raises ValueError for values out of bounds."""

    name: str
    tower: str
    loss: str
    base: str
    """The zoo's embedder whose chips it takes; "" for the workshop's own."""
    size: int
    """Side of its chip, pixels."""
    upright: bool
    dimension: int
    threshold: float
    """Distance of equal errors on people held out, Euclidean between directions."""
    sha256: str
    bytes: int
    people: int
    """Held out and measured on; 0 where nobody was."""
    auc: float
    eer: float
    one_shot: float
    ways: int
    beside: Mapping[str, float] = field(default_factory=dict)
    """AUC of the zoo's embedders on the same pairs."""
    date: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shares = (self.auc, self.eer, self.one_shot, *self.beside.values())
        sound = (
            bool(_NAME.fullmatch(self.name))
            and bool(_SHA256.fullmatch(self.sha256))
            and type(self.size) is int
            and 16 <= self.size <= 512
            and type(self.dimension) is int
            and 2 <= self.dimension <= 4096
            and type(self.bytes) is int
            and 0 < self.bytes <= _NETWORK_LIMIT
            and 0.0 < self.threshold <= 2.0
            and type(self.people) is int
            and all(0.0 <= share <= 1.0 for share in shares)
            and type(self.upright) is bool
        )
        if not sound:
            raise ValueError("not a trained network")

    @property
    def weakness(self) -> str:
        """Why it is too weak to unlock a session, "" where it is not."""
        if self.people < LEAST_PEOPLE:
            return f"it was measured on {self.people} people held out, {LEAST_PEOPLE} are needed"
        if self.auc < LEAST_AUC:
            return f"its AUC on people held out is {self.auc:.4f}, {LEAST_AUC} is needed"
        return ""


def is_trained(name: str) -> bool:
    """Whether `name` is one of a trained network, whether or not there is one."""
    return name.startswith(PREFIX)


def folder(name: str) -> Path:
    """Folder of the network `siamese:NAME` (it need not exist); raises UsageError for no name."""
    bare = name.removeprefix(PREFIX)
    if not is_trained(name) or not _NAME.fullmatch(bare):
        raise UsageError(f"no trained network can be called {name[:64]!r}", "such as siamese:mine")
    return cache_folder() / "trained" / bare


def names() -> list[str]:
    """Every trained network that is here, `siamese:NAME`, sorted; nothing of it is checked."""
    try:
        with os.scandir(cache_folder() / "trained") as entries:
            found = [entry.name for entry in entries if _NAME.fullmatch(entry.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ModelError(f"cannot look at the trained networks: {files.reason(error)}") from error
    return sorted(PREFIX + name for name in found)[:_MOST_NAMES]


def read(name: str) -> Trained:
    """What is known of `siamese:NAME`.

    Raises NotInstalledError where there is none, CorruptModelError where it is damaged or others
    could have changed it, ModelError where it cannot be read.
    """
    with _opened(name) as descriptor:
        return _manifest(name, descriptor)


def load(name: str) -> tuple[Trained, bytes]:
    """The same and the network, its digest checked; raises as `read` does."""
    with _opened(name) as descriptor:
        manifest = _manifest(name, descriptor)
        content = files.read_trusted(descriptor, _NETWORK, most=manifest.bytes)
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise _corrupt(name, "is damaged")
    return manifest, content


def write(manifest: Trained, network: bytes) -> Path:
    """Puts a network in place of an older one of its name; its folder.

    Raises ModelError where that cannot be done.
    """
    target = folder(PREFIX + manifest.name)
    try:
        files.make_folder(target.parent, mode=0o755)
        staging = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
        try:
            staging.chmod(0o755)
            files.write(staging / _NETWORK, network)
            text = json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1)
            files.write(staging / _MANIFEST, text.encode())
            if target.exists():
                target.rename(staging / "old")
            staging.rename(target)
            shutil.rmtree(target / "old", ignore_errors=True)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise ModelError(f"cannot write {target}: {files.reason(error)}") from error
    return target


def remove(name: str) -> None:
    """Removes `siamese:NAME`, if it is there."""
    shutil.rmtree(folder(name), ignore_errors=True)


def _opened(name: str) -> AbstractContextManager[int]:
    return opened(
        folder(name),
        absent=lambda: NotInstalledError(
            f"there is no network {name} on this machine",
            f"train it: facelatch train DATA --name {name.removeprefix(PREFIX)}",
        ),
        corrupt=lambda what: _corrupt(name, what),
    )


def _manifest(name: str, descriptor: int) -> Trained:
    content = files.read_trusted(descriptor, _MANIFEST, most=_MANIFEST_LIMIT)
    try:
        raw: dict[str, Any] = json.loads(content)
        if raw.pop("format") != FORMAT or PREFIX + str(raw["name"]) != name:
            raise ValueError("another network")
        return Trained(**raw)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _corrupt(name, "has a damaged manifest") from error


def _corrupt(name: str, what: str) -> CorruptModelError:
    return CorruptModelError(
        f"the network {name} {what}", f"train it anew, or remove {folder(name)}"
    )

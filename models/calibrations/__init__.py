"""Calibrations on disk: those that ship beside this file, and the user's own in the cache.

    <this folder>/<embedder>-<precision>.json
    <cache>/calibrations/<embedder>-<digest of the weights>-<precision>.json

The user's own, made by `facelatch models calibrate`, comes first. Whoever may write one decides
who gets in: like a network, it is used only where nobody but its owner, or root, can change it,
and one that is damaged is an error, never a reason to take another.
"""

import json
import os
import re
from pathlib import Path
from typing import Protocol

from models import files
from models.assets.weights import cache_folder
from models.errors import CorruptModelError, ModelError, NotInstalledError
from models.scoring.calibration import Calibration, from_json, to_json
from models.types import Metric, Precision

SHIPPED = Path(__file__).resolve().parent

_MOST_BYTES = 1_000_000
_MODEL_ID = re.compile(r"[a-z0-9][a-z0-9:._-]{0,127}")


class Calibrated(Protocol):
    """What a calibration belongs to: an embedder, or what is known of one."""

    @property
    def name(self) -> str:
        """The embedder's name."""
        ...

    @property
    def model_id(self) -> str:
        """The name and the digest of its weights."""
        ...

    @property
    def precision(self) -> Precision:
        """What it runs in."""
        ...

    @property
    def metric(self) -> Metric:
        """How its embeddings are compared."""
        ...


def load(embedder: Calibrated) -> Calibration:
    """The calibration of `embedder`: the user's own, else the shipped one.

    Raises NotInstalledError where there is neither, CorruptModelError where it is damaged, belongs
    to other weights or could have been changed by others, ModelError where it cannot be read.
    """
    own = user_path(embedder)
    for path in (own, shipped_path(embedder)):
        content = _read(path, trusted=path == own)
        if content is not None:
            return _checked(content, path, embedder)
    raise NotInstalledError(
        f"there is no calibration of {embedder.name} in {embedder.precision}",
        f"run: facelatch models calibrate --embedder {embedder.name} --images DIR",
    )


def user_path(embedder: Calibrated) -> Path:
    """Where the user's own calibration of `embedder` lies (it need not exist)."""
    if not _MODEL_ID.fullmatch(embedder.model_id):
        raise ModelError(f"{embedder.name} has a name that no calibration can have")
    name = embedder.model_id.replace(":", "-")
    return cache_folder() / "calibrations" / f"{name}-{embedder.precision}.json"


def shipped_path(embedder: Calibrated, folder: Path = SHIPPED) -> Path:
    """Where the shipped calibration of `embedder` lies (it need not exist)."""
    return folder / f"{embedder.name.replace(':', '-')}-{embedder.precision}.json"


def shipped(name: str) -> Calibration:
    """The calibration that ships for the embedder `name` in int8, whatever is installed.

    Raises NotInstalledError where there is none, CorruptModelError where it is damaged.
    """
    return read(SHIPPED / f"{name.replace(':', '-')}-int8.json")


def read(path: Path) -> Calibration:
    """The calibration in a file, whosever; raises as `load`, NotInstalledError without a file."""
    content = _read(path, trusted=False)
    if content is None:
        raise NotInstalledError(f"there is no calibration {path}")
    return _parsed(content, path)


def save(calibration: Calibration, path: Path) -> None:
    """Writes `calibration` in one step; raises ModelError where that cannot be done."""
    text = dump(calibration)
    # What could not be read back must not replace what can.
    from_json(json.loads(text))
    try:
        files.make_folder(path.parent)
        files.write(path, text.encode())
    except OSError as error:
        raise ModelError(f"cannot write {path}: {files.reason(error)}") from error


def dump(calibration: Calibration) -> str:
    """The text of a file: JSON, one line a field."""
    fields = (
        f"  {json.dumps(name)}: {json.dumps(value, allow_nan=False)}"
        for name, value in to_json(calibration).items()
    )
    return "{\n" + ",\n".join(fields) + "\n}\n"


def _read(path: Path, *, trusted: bool) -> bytes | None:
    """The file's content, None without a file; `trusted` asks who could have written it."""
    try:
        if not trusted:
            return files.read_bounded(path, most=_MOST_BYTES)
        folder = files.open_folder(path.parent)
        try:
            return files.read_trusted(folder, path.name, most=_MOST_BYTES)
        finally:
            os.close(folder)
    except FileNotFoundError:
        return None
    except files.UntrustedError as error:
        raise CorruptModelError(f"{path} is not used: {error}", _again(path)) from error
    except OSError as error:
        raise ModelError(f"cannot read {path}: {files.reason(error)}") from error


def _checked(content: bytes, path: Path, embedder: Calibrated) -> Calibration:
    calibration = _parsed(content, path)
    found = (calibration.model_id, calibration.precision, calibration.metric)
    if found != (embedder.model_id, embedder.precision, embedder.metric):
        raise CorruptModelError(
            f"the calibration {path} is not of the {embedder.name} that runs", _again(path)
        )
    return calibration


def _parsed(content: bytes, path: Path) -> Calibration:
    try:
        if len(content) > _MOST_BYTES:
            raise ValueError
        return from_json(json.loads(content))
    except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError) as error:
        raise CorruptModelError(f"the calibration {path} is damaged", _again(path)) from error


def _again(path: Path) -> str:
    if path.parent == SHIPPED:
        return "install Facelatch again, or run: facelatch models calibrate --images DIR"
    return "remove it, or make it anew: facelatch models calibrate --images DIR"

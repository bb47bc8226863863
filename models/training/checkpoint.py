"""A run's state on disk, replaced in one step after every epoch: arrays and JSON, no pickles."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from models import files
from models.errors import UsageError
from models.types import Array

FORMAT = 1
_MOST_BYTES = 2_000_000_000


class Checkpoint:
    """The file `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Whether there is something to resume."""
        return self.path.is_file()

    def save(self, variables: list[Array], best: list[Array], told: dict[str, Any]) -> None:
        """Raises UsageError where it cannot be written."""
        buffer = io.BytesIO()
        text = json.dumps({"format": FORMAT, **told}).encode()
        arrays = {f"v{index}": value for index, value in enumerate(variables)}
        arrays |= {f"b{index}": value for index, value in enumerate(best)}
        np.savez(buffer, told=np.frombuffer(text, dtype=np.uint8), **arrays)  # type: ignore[arg-type]
        try:
            files.write(self.path, buffer.getvalue(), mode=0o600)
        except OSError as error:
            raise UsageError(f"cannot write {self.path}: {files.reason(error)}") from error

    def load(self, settings: dict[str, Any]) -> tuple[list[Array], list[Array], dict[str, Any]]:
        """Variables, the best ones, and what was told beside them.

        Raises UsageError where there is none, it is damaged, or it was made with other `settings`
        than these (more epochs and another patience are allowed).
        """
        try:
            content = files.read_bounded(self.path, most=_MOST_BYTES)
        except OSError as error:
            raise UsageError(f"nothing to resume: {files.reason(error)}: {self.path}") from error
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                told = json.loads(arrays["told"].tobytes())
                variables, best = _numbered(arrays, "v"), _numbered(arrays, "b")
        except Exception as error:  # NumPy and zipfile raise a dozen kinds for a damaged file
            raise UsageError(f"{self.path} is damaged", "train anew, with --force") from error
        _check(told, settings, self.path)
        return variables, best, told


def _numbered(arrays: Any, letter: str) -> list[Array]:
    count = sum(name.startswith(letter) for name in arrays.files)
    return [arrays[f"{letter}{index}"] for index in range(count)]


def _check(told: dict[str, Any], settings: dict[str, Any], path: Path) -> None:
    if told.get("format") != FORMAT:
        raise UsageError(f"{path} is of another version", "train anew, with --force")
    free = {"epochs", "patience"}
    before = told["settings"]
    other = [name for name in settings if name not in free and before.get(name) != settings[name]]
    if other:
        name = other[0]
        raise UsageError(
            f"the run to resume has {name} {before.get(name)!r}, not {settings[name]!r}",
            "resume it with its own settings, or name another",
        )

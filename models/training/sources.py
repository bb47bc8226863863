"""Where a data set's pictures come from: a folder of people, AT&T's tree, or Olivetti's `.mat`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models import files
from models.errors import ImageError, UsageError
from models.evaluation.people import read_people
from models.types import Image

Read = Callable[[Path], Image]
"""Reads a picture; raises FacelatchError where it cannot."""

_SMALLEST_SIDE = 240
"""A picture whose shorter side is less is enlarged to about that: detectors want some pixels."""
_MOST_BYTES = 64 * 1024 * 1024
_OLIVETTI_SIDE, _OLIVETTI_EACH, _OLIVETTI_MOST = 64, 10, 4000


@dataclass(frozen=True, slots=True)
class SourcePicture:
    """One picture before anything was done to it."""

    person: str
    name: str
    """How the person finds it again: a path below the source, or its number in it."""
    load: Callable[[], Image]
    """H x W x 3 BGR, enlarged where small; raises FacelatchError where it cannot be read."""


def open_source(path: Path, read: Read) -> tuple[SourcePicture, ...]:
    """Every picture of a source, by person; raises UsageError where there are none.

    `path` is a folder of people (`NAME/*.jpg`, or AT&T's `s1/*.pgm`) or `olivettifaces.mat`.
    """
    if path.is_dir():
        return _folder(path, read)
    if path.suffix.lower() == ".mat":
        return _olivetti(path)
    raise UsageError(
        f"{path} is neither a folder of people nor Olivetti's .mat", "give DIR with DIR/NAME/*.jpg"
    )


def open_pictures(paths: Sequence[Path], person: str, read: Read) -> tuple[SourcePicture, ...]:
    """Loose pictures that all show `person`."""
    return tuple(SourcePicture(person, path.name, _loader(path, read)) for path in paths)


def enlarged(image: Image) -> Image:
    """`image`, a whole number of times as large where its shorter side is below 240 pixels."""
    factor = round(_SMALLEST_SIDE / min(image.shape[:2]))
    if factor < 2:
        return image
    size = (image.shape[1] * factor, image.shape[0] * factor)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _folder(path: Path, read: Read) -> tuple[SourcePicture, ...]:
    people = read_people(path)
    return tuple(
        SourcePicture(people.names[number], str(picture.relative_to(path)), _loader(picture, read))
        for picture, number in zip(people.paths, people.person, strict=True)
    )


def _loader(path: Path, read: Read) -> Callable[[], Image]:
    return lambda: enlarged(read(path))


def _olivetti(path: Path) -> tuple[SourcePicture, ...]:
    faces = _faces(path)
    count = faces.shape[1]
    return tuple(
        SourcePicture(
            f"s{column // _OLIVETTI_EACH + 1:02d}", f"{path.name}#{column}", _column(faces, column)
        )
        for column in range(count)
    )


def _faces(path: Path) -> Any:
    """Key `faces`, 4096 x n: column-major pictures, ten of each person in a row."""
    import scipy.io

    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{path} is larger than {_MOST_BYTES >> 20} MiB")
        faces = np.asarray(scipy.io.loadmat(path, variable_names=["faces"])["faces"])
    except OSError as error:
        raise UsageError(f"cannot read {path}: {files.reason(error)}") from error
    except UsageError:
        raise
    except Exception as error:  # whatever SciPy raises, it read no pictures
        raise UsageError(f"{path} is not Olivetti's file: {error}") from error
    fits = faces.ndim == 2 and faces.shape[0] == _OLIVETTI_SIDE**2
    if not fits or faces.dtype.kind not in "uif" or not 0 < faces.shape[1] <= _OLIVETTI_MOST:
        raise UsageError(f"{path} is not Olivetti's file", "it holds `faces`, 4096 x 400")
    return faces


def _column(faces: Any, column: int) -> Callable[[], Image]:
    def load() -> Image:
        values = np.asarray(faces[:, column], dtype=np.float64)
        if not np.isfinite(values).all():
            raise ImageError(f"picture {column} of the file is not finite")
        side = _OLIVETTI_SIDE
        grey = np.clip(values, 0, 255).astype(np.uint8).reshape(side, side).T
        return enlarged(np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), dtype=np.uint8))

    return load

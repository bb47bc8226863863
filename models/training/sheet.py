"""Contact sheets: every crop with its number and name, so that wrong faces can be struck."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from models import files
from models.errors import UsageError
from models.training.dataset import Dataset, Picture, read_crop
from models.types import Image

_TILE, _LABEL, _COLUMNS, _ROWS = 96, 18, 12, 10
_WHITE, _BLACK, _RED = (255, 255, 255), (0, 0, 0), (40, 40, 220)
_MOST_LETTERS = 10


def write_sheets(folder: Path, dataset: Dataset) -> list[Path]:
    """Writes `sheet-1.png`, ... of 120 crops each; struck ones are crossed out.

    Raises UsageError where one cannot be written.
    """
    each = _COLUMNS * _ROWS
    paths = []
    for start in range(0, len(dataset.pictures), each):
        path = folder / f"sheet-{start // each + 1}.png"
        image = sheet(folder, dataset.pictures[start : start + each], dataset.crops.size)
        try:
            files.write(path, cv2.imencode(".png", image)[1].tobytes(), mode=None)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {files.reason(error)}") from error
        paths.append(path)
    return paths


def sheet(folder: Path, pictures: Sequence[Picture], side: int) -> Image:
    """One sheet, H x W x 3 BGR."""
    rows = -(-len(pictures) // _COLUMNS)
    height, width = rows * (_TILE + _LABEL), _COLUMNS * _TILE
    image = np.full((height, width, 3), 255, dtype=np.uint8)
    for index, picture in enumerate(pictures):
        top, left = (index // _COLUMNS) * (_TILE + _LABEL), (index % _COLUMNS) * _TILE
        tile = cv2.resize(read_crop(folder / picture.file, side), (_TILE, _TILE))
        if picture.struck:
            cv2.line(tile, (0, 0), (_TILE, _TILE), _RED, 3)
            cv2.line(tile, (0, _TILE), (_TILE, 0), _RED, 3)
        image[top : top + _TILE, left : left + _TILE] = tile
        _label(image, picture, (left + 2, top + _TILE + 13))
    return image


def numbers(text: str) -> set[int]:
    """The numbers in `3 7,12-15`; raises UsageError for anything else."""
    found: set[int] = set()
    for word in text.replace(",", " ").split():
        first, dash, last = word.partition("-")
        if not (first.isascii() and first.isdigit() and len(first) <= 6):
            raise UsageError(f"{word[:20]!r} is no number of a picture", "such as: 3 7 12-15")
        if dash and not (last.isascii() and last.isdigit() and len(last) <= 6):
            raise UsageError(f"{word[:20]!r} is no range of pictures", "such as: 12-15")
        found.update(range(int(first), int(last or first) + 1))
    return found


def _label(image: Image, picture: Picture, at: tuple[int, int]) -> None:
    # OpenCV's letters are ASCII only.
    name = picture.person.encode("ascii", "replace").decode()[:_MOST_LETTERS]
    text = f"{picture.number} {name}"
    colour = _RED if picture.struck else _BLACK
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.35, colour, 1, cv2.LINE_AA)

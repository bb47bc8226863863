"""A data set on disk: crops, what they are of, and who is in which part.

OUT/dataset.json            settings, pictures, split
OUT/crops/PERSON/0007.png   the crops
OUT/sheet-1.png             contact sheets, by the same numbers
OUT/pairs.npz, triplets.npz pairs and triplets of each part, with the list of files
"""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models import files
from models.errors import UsageError
from models.training.crops import CropSettings
from models.training.examples import Rows
from models.training.split import PARTS, Split
from models.types import Array, Image, Landmarks

FORMAT = 2
_MANIFEST = "dataset.json"
_MOST_BYTES = 64 * 1024 * 1024
_MOST_CROP_BYTES = 1024 * 1024
_MOST_PICTURES = 50_000
_FILE = re.compile(r"crops/[^/\0]{1,200}/[0-9]{4,6}\.png")


@dataclass(frozen=True, slots=True)
class Picture:
    """One crop. `landmarks` are those found in the source's picture, five (x, y); `shape` is that
    picture's height and width.
    """

    number: int
    person: str
    file: str
    """Below the data set's folder."""
    source: str
    landmarks: tuple[tuple[float, float], ...]
    shape: tuple[int, int]
    struck: bool = False
    """A person said that this is not the one it is filed under."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """All crops with their settings. `split` tells the parts; it is drawn by `seed`."""

    source: str
    """Absolute path of what was prepared."""
    detector: str
    crops: CropSettings
    seed: int
    split: Split
    pictures: tuple[Picture, ...]
    undetected: int
    unreadable: int

    @property
    def kept(self) -> tuple[Picture, ...]:
        """Those that were not struck."""
        return tuple(picture for picture in self.pictures if not picture.struck)

    def part(self, part: str) -> tuple[Picture, ...]:
        """The pictures of the people of one part that were not struck."""
        names = set(getattr(self.split, part))
        return tuple(picture for picture in self.kept if picture.person in names)

    def with_struck(self, numbers: Iterable[int], *, alone: bool = False) -> "Dataset":
        """With these struck as well, or these `alone`; raises UsageError for a number that is not
        there.
        """
        wanted = set(numbers)
        if unknown := wanted - {picture.number for picture in self.pictures}:
            raise UsageError(f"there is no picture {min(unknown)} in the data set")
        pictures = tuple(
            replace(p, struck=p.number in wanted or (p.struck and not alone)) for p in self.pictures
        )
        return replace(self, pictures=pictures)


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """n crops in memory: `images` (n, size, size, 3) BGR uint8, `people` (n,) into `names`."""

    images: Any
    people: Rows
    names: tuple[str, ...]
    pictures: tuple[Picture, ...]


def landmarks_of(picture: Picture) -> Landmarks:
    """(5, 2) float32, pixels of the source's picture."""
    return np.array(picture.landmarks, dtype=np.float32)


def write(folder: Path, dataset: Dataset) -> None:
    """Writes the manifest in one step; raises UsageError where it cannot be written."""
    content = {"format": FORMAT, **asdict(dataset)}
    try:
        files.write(folder / _MANIFEST, json.dumps(content, indent=1).encode(), mode=None)
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {files.reason(error)}") from error


def read(folder: Path) -> Dataset:
    """The data set in `folder`; raises UsageError where there is none or it is damaged."""
    path = folder / _MANIFEST
    try:
        content = files.read_bounded(path, most=_MOST_BYTES)
    except OSError as error:
        raise UsageError(
            f"{folder} holds no data set: {files.reason(error)}",
            "make one: facelatch dataset prepare SRC OUT",
        ) from error
    try:
        return _parse(json.loads(content))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path} is damaged", "make it anew: facelatch dataset prepare") from error


def load_crops(folder: Path, dataset: Dataset, part: str) -> Crops:
    """The crops of one part; raises UsageError where a file is missing or damaged."""
    pictures = dataset.part(part)
    names = tuple(getattr(dataset.split, part))
    number = {name: index for index, name in enumerate(names)}
    side = dataset.crops.size
    images = [read_crop(folder / picture.file, side) for picture in pictures]
    people = np.array([number[picture.person] for picture in pictures], dtype=np.int32)
    stacked = np.stack(images) if images else np.zeros((0, side, side, 3), np.uint8)
    return Crops(stacked, people, names, pictures)


def read_crop(path: Path, side: int) -> Image:
    """One crop, side x side x 3 BGR; raises UsageError."""
    try:
        content = files.read_bounded(path, most=_MOST_CROP_BYTES)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {files.reason(error)}") from error
    # Dimensions first: the file may have been replaced by one that unpacks to gigabytes.
    stated = (int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big"))
    if content[:8] != b"\x89PNG\r\n\x1a\n" or stated != (side, side):
        raise UsageError(f"{path} is not a crop of this data set")
    image = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
    if image is None or image.shape != (side, side, 3):
        raise UsageError(f"{path} is damaged", "make it anew: facelatch dataset prepare")
    return np.asarray(image, dtype=np.uint8)


def save_arrays(path: Path, files_list: tuple[str, ...], arrays: dict[str, Any]) -> None:
    """An `.npz` of `arrays` and the list of files that their numbers are into."""
    import io

    buffer = io.BytesIO()
    named = np.array(files_list, dtype=np.str_)
    np.savez_compressed(buffer, files=named, **arrays)
    try:
        files.write(path, buffer.getvalue(), mode=None)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {files.reason(error)}") from error


def pixels(images: Any, side: int = 32) -> Array:
    """Crops as grey vectors of length 1, (n, side * side): what is compared before any network."""
    small = [
        cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (side, side)).ravel()
        for image in images
    ]
    vectors = np.asarray(small, dtype=np.float32).reshape(len(small), side * side)
    vectors -= vectors.mean(axis=1, keepdims=True)
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return np.asarray(vectors / lengths, dtype=np.float32)


def _parse(raw: dict[str, Any]) -> Dataset:
    """The data set in `raw`; raises one of several plain exceptions where it is none."""
    if raw.pop("format") != FORMAT:
        raise ValueError("another format")
    split = Split(**{part: tuple(map(str, raw["split"][part])) for part in PARTS})
    pictures = tuple(map(_picture, raw["pictures"]))
    made = Dataset(
        **{**raw, "crops": CropSettings(**raw["crops"]), "split": split, "pictures": pictures}
    )
    people = [name for part in PARTS for name in getattr(split, part)]
    numbers = [picture.number for picture in pictures]
    sound = (
        len(set(people)) == len(people)
        and len(set(numbers)) == len(numbers) <= _MOST_PICTURES
        and {picture.person for picture in pictures} <= set(people)
        and type(made.seed) is int
    )
    if not sound:
        raise ValueError("not a data set")
    return made


def _picture(raw: dict[str, Any]) -> Picture:
    points = tuple((float(x), float(y)) for x, y in raw["landmarks"])
    height, width = raw["shape"]
    made = Picture(**{**raw, "landmarks": points, "shape": (int(height), int(width))})
    parts = Path(made.file).parts
    if not _FILE.fullmatch(made.file) or ".." in parts or len(points) != 5:
        raise ValueError("not a picture of a data set")
    if not np.isfinite(points).all() or type(made.number) is not int:
        raise ValueError("not a picture of a data set")
    return made

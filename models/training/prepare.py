"""Makes a data set of a source: detect, crop, split by person, draw pairs and triplets."""

import functools
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models import files
from models.errors import FacelatchError, ImageError, UsageError
from models.training import dataset as data
from models.training import examples
from models.training.crops import CropSettings, crop, find_face
from models.training.dataset import Dataset, Picture
from models.training.examples import TripletKind
from models.training.sources import SourcePicture
from models.training.split import PARTS, Split, split_people
from models.types import Detector, Image, Landmarks

Progress = Callable[[int, int], None]
_SEMI_HARD_MARGIN = 0.2  # FaceNet's
_UNSAFE = re.compile(r"[/\0]")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made. None in `test` and `validation` is the usual share of people."""

    source: str
    crops: CropSettings
    seed: int = 0
    test: int | None = None
    validation: int | None = None


def prepare(
    pictures: Sequence[SourcePicture],
    detector: Detector,
    out: Path,
    order: Order,
    progress: Progress,
) -> Dataset:
    """Writes crops and the manifest into `out`; raises UsageError.

    Pictures without a face, and those that cannot be read, are left out and counted. Crops of an
    earlier run are removed.
    """
    _make_room(out)
    made: list[Picture] = []
    undetected = unreadable = 0
    for done, source in enumerate(pictures):
        progress(done, len(pictures))
        try:
            image = source.load()
            landmarks = find_face(image, detector)
            chip = None if landmarks is None else crop(image, landmarks, order.crops)
        except ImageError:
            landmarks = chip = None
        except FacelatchError:
            unreadable += 1
            continue
        if landmarks is None or chip is None:
            undetected += 1
            continue
        made.append(_written(out, len(made) + 1, source, chip, landmarks, shape=image.shape))
    progress(len(pictures), len(pictures))
    split = _split([picture.person for picture in made], order)
    found = Dataset(
        order.source, detector.name, order.crops, order.seed, split, tuple(made),
        undetected, unreadable,
    )  # fmt: skip
    data.write(out, found)
    return found


def write_examples(folder: Path, dataset: Dataset, kind: TripletKind) -> dict[str, int]:
    """Writes `pairs.npz` and `triplets.npz` of all parts; how many of each there are.

    Semi-hard ones are chosen by the crops' pixels, for there is no network yet; training chooses
    anew by what the network has learnt. Raises UsageError.
    """
    pairs: dict[str, Any] = {}
    triplets: dict[str, Any] = {}
    counts: dict[str, int] = {}
    listed = tuple(picture.file for picture in dataset.kept)
    row = {file: index for index, file in enumerate(listed)}
    for index, part in enumerate(PARTS):
        crops = data.load_crops(folder, dataset, part)
        if np.unique(crops.people).size < 2:
            continue
        rng = np.random.default_rng([dataset.seed, index])
        rows = np.array([row[picture.file] for picture in crops.pictures], dtype=np.int32)
        drawn = examples.balanced_pairs(crops.people, rng)
        pairs[f"{part}_pairs"] = rows[np.stack([drawn.first, drawn.second], axis=1)]
        pairs[f"{part}_same"] = drawn.same
        three = draw_triplets(kind, crops.people, functools.partial(data.pixels, crops.images), rng)
        columns = [three.anchor, three.positive, three.negative]
        triplets[part] = rows[np.stack(columns, axis=1)]
        counts[f"{part} pairs"] = len(drawn.same)
        counts[f"{part} triplets"] = len(three.anchor)
    data.save_arrays(folder / "pairs.npz", listed, pairs)
    data.save_arrays(folder / "triplets.npz", listed, triplets)
    return counts


def draw_triplets(
    kind: TripletKind,
    people: examples.Rows,
    embeddings: Callable[[], Any],
    rng: np.random.Generator,
    *,
    margin: float = _SEMI_HARD_MARGIN,
) -> examples.Triplets:
    """Triplets of one kind; `embeddings` is called for semi-hard ones only."""
    if kind == "all":
        return examples.all_triplets(people)
    if kind == "random":
        return examples.random_triplets(people, rng)
    return examples.semi_hard_triplets(people, embeddings(), margin, rng)


def _make_room(out: Path) -> None:
    try:
        files.make_folder(out, mode=0o755)
        known = (out / "dataset.json").is_file()
        if any(out.iterdir()) and not known:
            raise UsageError(f"{out} is not empty and holds no data set", "name another folder")
        if known:
            shutil.rmtree(out / "crops", ignore_errors=True)
            for sheet in out.glob("sheet-*.png"):
                sheet.unlink()
    except OSError as error:
        raise UsageError(f"cannot write to {out}: {files.reason(error)}") from error


def _written(
    out: Path,
    number: int,
    source: SourcePicture,
    chip: Image,
    landmarks: Landmarks,
    *,
    shape: tuple[int, ...],
) -> Picture:
    home = _UNSAFE.sub("_", source.person)[:100].strip(".") or "_"
    file = f"crops/{home}/{number:04d}.png"
    try:
        files.make_folder((out / file).parent, mode=0o755)
        content = cv2.imencode(".png", chip)[1].tobytes()
        files.write(out / file, content, mode=None, sync=False)
    except OSError as error:
        raise UsageError(f"cannot write {out / file}: {files.reason(error)}") from error
    points = tuple((float(x), float(y)) for x, y in landmarks)
    return Picture(number, source.person, file, source.name, points, (shape[0], shape[1]))


def _split(people: Sequence[str], order: Order) -> Split:
    if not people:
        raise UsageError("no face was found in any of the pictures", "try --detector haar")
    return split_people(people, seed=order.seed, test=order.test, validation=order.validation)

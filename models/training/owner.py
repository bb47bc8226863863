"""One owner against others: the triplet recipe for very few pictures."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models import files
from models.errors import UsageError
from models.evaluation.pairs import PICTURE_ENDINGS
from models.scoring.matching import centre, distances
from models.training import material, sources
from models.training.crops import CropSettings
from models.training.examples import owner_triplets
from models.training.material import Material
from models.training.run import Parts
from models.training.sources import Read, SourcePicture
from models.types import Detector, Embedder

_MOST_PICTURES = 5000
_FEWEST_OWN, _FEWEST_OTHERS = 2, 2


def read(
    me: Path, others: Path, detector: Detector, read_picture: Read
) -> tuple[Material, Material, tuple[str, ...]]:
    """The owner's faces, the others', and the names of pictures without a face.

    Both folders may hold pictures or folders of them. Raises UsageError where faces are too few.
    """
    own, lost = material.of_pictures(_pictures(me, "owner", read_picture), detector)
    strangers, lost_too = material.of_pictures(_pictures(others, "other", read_picture), detector)
    if len(own) < _FEWEST_OWN or len(strangers) < _FEWEST_OTHERS:
        raise UsageError(
            f"{len(own)} faces of the owner and {len(strangers)} of others were found",
            "two of the owner and two of others are needed; better are 7 and 10",
        )
    return own, strangers, lost + lost_too


def parts(me: Material, others: Material, held_out: Material | None) -> Parts:
    """What is trained on: all ordered pairs of the owner's with each of the others'."""
    count = len(me)
    rows = np.arange(count + len(others), dtype=np.int32)
    drawn = owner_triplets(rows[:count], rows[count:])
    return Parts(
        material.joined(me, others), None, held_out, CropSettings(), "owner and others", drawn
    )


@dataclass(frozen=True, slots=True)
class Check:
    """The owner's further pictures beside strangers, by distance to the owner's trained ones."""

    further: int
    strangers: int
    beyond: int
    """Of the further pictures those that some stranger is nearer than."""
    farthest: float
    nearest_stranger: float


def check(embedder: Embedder, me: Material, further: Material, strangers: Material) -> Check:
    """Distances are to the centre of `me`, as in use; raises UsageError where a part is empty."""
    if not len(further) or not len(strangers):
        raise UsageError("a check needs further pictures of the owner and of strangers")
    template = centre(me.embed(embedder), embedder.metric)
    own = distances(template, further.embed(embedder), embedder.metric)
    others = distances(template, strangers.embed(embedder), embedder.metric)
    nearest = float(others.min())
    return Check(own.size, others.size, int((own >= nearest).sum()), float(own.max()), nearest)


def read_one(folder: Path, detector: Detector, read_picture: Read) -> Material:
    """The faces of a folder of pictures, or of folders of them."""
    return material.of_pictures(_pictures(folder, "one", read_picture), detector)[0]


def _pictures(folder: Path, person: str, read_picture: Read) -> tuple[SourcePicture, ...]:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    try:
        found = sorted(
            Path(home) / name
            for home, _, names in os.walk(folder)
            for name in names
            if Path(name).suffix.lower() in PICTURE_ENDINGS
        )
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {files.reason(error)}") from error
    if not 0 < len(found) <= _MOST_PICTURES:
        raise UsageError(f"{folder} holds {len(found)} pictures", f"1 to {_MOST_PICTURES}")
    return sources.open_pictures(found, person, read_picture)

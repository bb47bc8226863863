"""A folder of people, `person/*.jpg`: who is in which picture."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models import files
from models.errors import UsageError
from models.evaluation.metrics import Numbers
from models.evaluation.pairs import PICTURE_ENDINGS

_MOST_PICTURES = 200_000
_SHAPE = "it must hold a folder for each person: DIR/NAME/*.jpg"


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """n pictures of P people, both sorted by name."""

    names: tuple[str, ...]
    """(P,): of every folder, also of one without a picture."""
    paths: tuple[Path, ...]
    """(n,)"""
    person: Numbers
    """(n,): index into `names`."""
    left_out: int
    """Entries of the folders that are no pictures, by their names."""

    def counts(self) -> Numbers:
        """Pictures of each person, (P,)."""
        return np.bincount(self.person, minlength=len(self.names)).astype(np.int32)


def read_people(folder: Path) -> People:
    """Every picture below `folder`; raises UsageError where error rates cannot come of it."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    members = _entries(folder)
    homes = [path for path in members if path.is_dir()]
    loose = [path for path in members if path not in set(homes)]
    names, paths, person, left_out = [], [], [], len(loose)
    for number, home in enumerate(homes):
        found = _entries(home)
        pictures = [path for path in found if _is_picture(path)]
        names.append(home.name)
        paths += pictures
        person += [number] * len(pictures)
        left_out += len(found) - len(pictures)
        if len(paths) > _MOST_PICTURES:
            raise UsageError(f"{folder} holds more than {_MOST_PICTURES} pictures")
    _check(folder, loose, {names[number] for number in person})
    return People(tuple(names), tuple(paths), np.array(person, dtype=np.int32), left_out)


def _check(folder: Path, loose: list[Path], people: set[str]) -> None:
    if not people and any(_is_picture(path) for path in loose):
        raise UsageError(f"{folder} holds pictures but no folders of pictures", _SHAPE)
    if not people:
        raise UsageError(f"no pictures in {folder}", _SHAPE)
    if len(people) == 1:
        raise UsageError(
            f"{folder} holds pictures of one person only: {people.pop()[:60]!a}",
            "error rates need at least two people",
        )


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(Path(entry.path) for entry in os.scandir(folder))
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {files.reason(error)}") from error


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_ENDINGS and path.is_file()

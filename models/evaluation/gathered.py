"""Pictures of several folders as one crowd, each further folder a group of people by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.evaluation.calibrate import usable_faces
from models.evaluation.collect import Collection
from models.evaluation.metrics import Flags
from models.evaluation.mislabelled import NETWORKS, mislabelled
from models.evaluation.people import People, read_people
from models.evaluation.turns import Faces
from models.evaluation.workbench import Workbench
from models.types import MIN_QUALITY, Embedder


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Usable faces of everybody; `names` are the people by number."""

    faces: Faces
    names: tuple[str, ...]
    groups: dict[str, str]
    """Of people of further folders: the folder's name."""
    unusable: int
    """Pictures without a face, unreadable or of poor quality."""
    undetected: int
    unreadable: int
    mislabelled: int
    """Pictures of further folders that are likely of somebody else."""
    left_out: int
    """Files that are no pictures."""


def gather(
    bench: Workbench,
    images: Path,
    also: Sequence[Path],
    embedder: Embedder,
    load: Callable[[str], Embedder],
) -> Gathered:
    """The people of `images` and of each of `also`, whose wrong names are left out.

    Whoever has one name in two folders is one person. `load` gives the networks that tell wrong
    names. Raises UsageError where no picture of `images` shows a usable face, ModelError.
    """
    parts = [_Part.of(bench, folder, embedder) for folder in (images, *also)]
    usable_faces(parts[0].people, parts[0].found)  # refuses what shows nobody
    networks = [load(name) for name in NETWORKS] if also else []
    wrong = [np.zeros_like(parts[0].usable), *(_wrong(bench, one, networks) for one in parts[1:])]
    names = tuple(dict.fromkeys(name for part in parts for name in part.people.names))
    return Gathered(
        _joined(parts, wrong, names),
        names,
        {
            name: folder.resolve().name
            for part, folder in zip(parts[1:], also, strict=True)
            for name in part.people.names
        },
        unusable=sum(int((~part.usable).sum()) for part in parts),
        undetected=sum(part.found.undetected for part in parts),
        unreadable=sum(len(part.found.unreadable) for part in parts),
        mislabelled=sum(int(out.sum()) for out in wrong),
        left_out=sum(part.people.left_out for part in parts),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One folder."""

    people: People
    found: Collection
    usable: Flags

    @classmethod
    def of(cls, bench: Workbench, folder: Path, embedder: Embedder) -> "_Part":
        people = read_people(folder)
        found = bench.collect(people, embedder)
        return cls(people, found, found.detected & (found.quality >= MIN_QUALITY))


def lists_of_groups(
    lists: Sequence[dict[str, str]], folders: dict[str, str]
) -> list[dict[str, str]]:
    """Groups of people by name: `lists` of the first folder, and the further `folders`.

    Whoever is in a further folder is of that group only: pictures from elsewhere would count as
    those of a group with which they have nothing in common but a name.
    """
    kept = [{name: one[name] for name in one if name not in folders} for one in lists]
    return [*kept, folders] if folders else kept


def _wrong(bench: Workbench, part: _Part, networks: Sequence[Embedder]) -> Flags:
    seen = [bench.collect(part.people, network).embeddings for network in networks]
    return mislabelled(seen, part.people.person, part.usable)


def _joined(parts: Sequence[_Part], wrong: Sequence[Flags], names: Sequence[str]) -> Faces:
    """The faces that count, of people numbered as in `names`."""
    number = {name: index for index, name in enumerate(names)}
    embeddings, people = [], []
    for part, out in zip(parts, wrong, strict=True):
        kept = part.usable & ~out
        embeddings.append(part.found.embeddings[kept])
        people.append(
            np.array([number[name] for name in part.people.names])[part.people.person[kept]]
        )
    return Faces(np.concatenate(embeddings), np.concatenate(people).astype(np.int32))

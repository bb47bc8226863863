"""One reference picture a person, and who of them a picture is nearest to: no training."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models import files
from models.errors import FacelatchError, UsageError
from models.evaluation.pairs import PICTURE_ENDINGS
from models.training.crops import find_face
from models.training.sources import Read, enlarged
from models.types import Detector, Embedder, Embedding, Image, Landmarks, Metric

_MOST_PEOPLE = 500
_MOST_EACH = 50


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A person with the embeddings of their pictures, at least one."""

    name: str
    embeddings: tuple[Embedding, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A person and the distance of their nearest picture."""

    name: str
    distance: float


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The face of a picture."""

    landmarks: Landmarks
    embedding: Embedding


def embed_face(image: Image, detector: Detector, embedder: Embedder) -> Found | None:
    """The face that `image` is about, None where none is found."""
    landmarks = find_face(image, detector)
    if landmarks is None:
        return None
    return Found(landmarks, embedder.embed(embedder.align(image, landmarks)))


def read_references(
    folder: Path, detector: Detector, embedder: Embedder, read: Read
) -> tuple[tuple[Reference, ...], tuple[str, ...]]:
    """People of `folder`, sorted, and the pictures that show no face or cannot be read.

    `folder` holds NAME.jpg, or NAME/*.jpg for several pictures of one person. Raises UsageError
    where nobody is left.
    """
    found: list[Reference] = []
    left_out: list[str] = []
    for name, paths in _people(folder):
        embeddings = []
        for path in paths:
            try:
                face = embed_face(enlarged(read(path)), detector, embedder)
            except FacelatchError:
                face = None
            if face is None:
                left_out.append(str(path.relative_to(folder)))
            else:
                embeddings.append(face.embedding)
        if embeddings:
            found.append(Reference(name, tuple(embeddings)))
    if not found:
        raise UsageError(
            f"no faces in {folder}", "put a picture of each person there: NAME.jpg or NAME/*.jpg"
        )
    return tuple(found), tuple(left_out)


def ranked(embedding: Embedding, references: Sequence[Reference], metric: Metric) -> list[Ranked]:
    """Everybody, nearest first; of several pictures of a person the nearest counts."""
    people = [
        Ranked(one.name, min(distance(embedding, other, metric) for other in one.embeddings))
        for one in references
    ]
    return sorted(people, key=lambda one: one.distance)


def distance(first: Embedding, second: Embedding, metric: Metric) -> float:
    """Between two embeddings, in [0, 2] where they have length 1."""
    if metric == "euclidean":
        return float(np.linalg.norm(first - second))
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return 1.0 - float(first @ second) / max(lengths, 1e-12)


def _people(folder: Path) -> list[tuple[str, list[Path]]]:
    try:
        entries = sorted(folder.iterdir())
        people = [
            (entry.name if entry.is_dir() else entry.stem, _pictures(entry)) for entry in entries
        ]
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {files.reason(error)}") from error
    kept = [(name, paths[:_MOST_EACH]) for name, paths in people if paths]
    if len(kept) > _MOST_PEOPLE:
        raise UsageError(f"{folder} holds {len(kept)} people", f"the limit is {_MOST_PEOPLE}")
    return kept


def _pictures(entry: Path) -> list[Path]:
    found = sorted(entry.iterdir()) if entry.is_dir() else [entry]
    return [path for path in found if path.suffix.lower() in PICTURE_ENDINGS and path.is_file()]

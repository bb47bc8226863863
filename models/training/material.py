"""The pictures behind a data set, with the landmarks that were found: what any embedder can cut
its own chip from.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.errors import FacelatchError, UsageError
from models.training import sources
from models.training.crops import CropSettings, crop, find_face
from models.training.dataset import Dataset, Picture, landmarks_of
from models.training.examples import Rows
from models.training.sources import Read, SourcePicture
from models.types import Array, Detector, Embedder, Image, Landmarks

_JITTER = 0.02  # of the distance between the eyes and the mouth, deviation


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One picture and where the face is in it."""

    load: Callable[[], Image]
    landmarks: Landmarks
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """n faces; `people` (n,) says whose, as numbers."""

    faces: tuple[Face, ...]
    people: Rows

    def __len__(self) -> int:
        return len(self.faces)

    def embed(self, embedder: Embedder) -> Array:
        """What `embedder` makes of each, in use as in measurement: (n, d)."""
        return np.stack(
            [embedder.embed(embedder.align(face.load(), face.landmarks)) for face in self.faces]
        )

    def crops(self, settings: CropSettings) -> list[Image]:
        """A crop of each."""
        return [crop(face.load(), face.landmarks, settings) for face in self.faces]

    def chips(self, embedder: Embedder, views: int, rng: np.random.Generator) -> list[list[Image]]:
        """`views` chips of each as `embedder` cuts them; all but the first with landmarks as
        another detector might have found them.
        """
        return [
            [
                embedder.align(image, landmarks)[0]
                for landmarks in _jittered(face.landmarks, views, rng)
            ]
            for face in self.faces
            for image in (face.load(),)
        ]


def of_dataset(dataset: Dataset, part: str, read: Read) -> Material:
    """The pictures of one part; raises UsageError where the source is gone."""
    known = {picture.name: picture.load for picture in _source(dataset, read)}
    pictures = dataset.part(part)
    missing = [picture for picture in pictures if picture.source not in known]
    if missing:
        raise UsageError(
            f"{missing[0].source} is no longer in {dataset.source}",
            "make the data set anew: facelatch dataset prepare",
        )
    names = getattr(dataset.split, part)
    number = {name: index for index, name in enumerate(names)}
    return Material(
        tuple(_face(picture, known[picture.source]) for picture in pictures),
        np.array([number[picture.person] for picture in pictures], dtype=np.int32),
    )


def of_pictures(
    pictures: Sequence[SourcePicture], detector: Detector
) -> tuple[Material, tuple[str, ...]]:
    """Faces of pictures, people numbered in their order, and the pictures without a face."""
    faces: list[Face] = []
    people: list[int] = []
    left_out: list[str] = []
    numbers: dict[str, int] = {}
    for picture in pictures:
        try:
            landmarks = find_face(picture.load(), detector)
        except FacelatchError:
            landmarks = None
        if landmarks is None:
            left_out.append(picture.name)
            continue
        faces.append(Face(picture.load, landmarks, picture.name))
        people.append(numbers.setdefault(picture.person, len(numbers)))
    return Material(tuple(faces), np.array(people, dtype=np.int32)), tuple(left_out)


def joined(first: Material, second: Material) -> Material:
    """Both, the people of the second numbered after those of the first."""
    after = int(first.people.max(initial=-1)) + 1
    people = np.concatenate([first.people, second.people + after]).astype(np.int32)
    return Material((*first.faces, *second.faces), people)


def _source(dataset: Dataset, read: Read) -> tuple[SourcePicture, ...]:
    return sources.open_source(Path(dataset.source), read)


def _face(picture: Picture, load: Callable[[], Image]) -> Face:
    def same() -> Image:
        image = load()
        # The landmarks would lie elsewhere in another picture, and nobody would notice.
        if image.shape[:2] != picture.shape:
            raise UsageError(
                f"{picture.source} has changed since the data set was made",
                "make the data set anew: facelatch dataset prepare",
            )
        return image

    return Face(same, landmarks_of(picture), picture.source)


def _jittered(landmarks: Landmarks, views: int, rng: np.random.Generator) -> list[Landmarks]:
    spread = float(np.linalg.norm(landmarks[:2].mean(axis=0) - landmarks[3:].mean(axis=0)))
    moved = [
        (landmarks + rng.normal(0, _JITTER * spread, landmarks.shape)).astype(np.float32)
        for _ in range(views - 1)
    ]
    return [landmarks, *moved]

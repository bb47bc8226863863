"""Liveness on rendered clips: many people, each alive and as every attack, from one photo each.

What these clips can tell and what not stands in `models.synthetic.attacks`. People whose number is
even are for choosing parameters, the others for reporting.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from models.errors import ImageError, UsageError
from models.evaluation.spoof import Presentation, Trial
from models.evaluation.spoof_trials import Trials
from models.synthetic.attacks import FPS, SPECIES, Photo, RenderedClip
from models.types import Detector, Image, Landmarks

Half = Literal["chosen-on", "reported", "all"]

LEAST_EYES = 38.0
"""Pixels between the eyes of a photo that a clip can be made of."""
MOST_TURNED = 0.12
"""Of the eyes' distance, by which the nose may lie beside their middle in a frontal photo."""
_ENDINGS = {".jpg", ".jpeg", ".png", ".pgm"}
_SEED = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Sitter:
    """Somebody whose photo clips are made of; `number` counts the people of a folder from 0."""

    number: int
    name: str
    photo: Photo


def sitters(
    folder: Path, count: int, detector: Detector, read: Callable[[Path], Image]
) -> list[Sitter]:
    """The first `count` people of `folder` (PERSON/*.jpg, in order of name) with a frontal photo.

    Of each the photo with the largest and straightest face. Raises UsageError for too few people.
    """
    found: list[Sitter] = []
    for person in sorted(path for path in folder.iterdir() if path.is_dir()):
        if len(found) == count:
            break
        best = max(_usable(person, detector, read), key=lambda one: one[0], default=None)
        if best is not None:
            found.append(Sitter(len(found), person.name, best[1]))
    if len(found) < count:
        raise UsageError(f"{folder} has {len(found)} people with a usable photo, not {count}")
    return found


def of_half(people: Sequence[Sitter], half: Half) -> list[Sitter]:
    """Those of `people` who are in that half."""
    return [
        one for one in people if half == "all" or (one.number % 2 == 0) == (half == "chosen-on")
    ]


def rendered_trials(
    people: Sequence[Sitter], runner: Trials, *, half: Half, seconds: float, step: int
) -> Iterator[Trial]:
    """One trial of each species for each person of `half`; every `step`-th frame is drawn."""
    for sitter in of_half(people, half):
        for species in SPECIES:
            clip = RenderedClip(species, sitter.photo, _SEED + sitter.number, seconds=seconds)
            plays = "-moving" if clip.moving else ""
            kind = "print" if species == "bent" else species
            shown = Presentation(Path(f"{species}{plays}/{sitter.name}"), kind, sitter.name)
            yield runner.trial(shown, _frames(clip, step), 0.0)


def _frames(clip: RenderedClip, step: int) -> Iterator[tuple[float, Image]]:
    for index in range(0, clip.frame_count, step):
        yield index / FPS, clip.frame_at(index)


def _usable(
    person: Path, detector: Detector, read: Callable[[Path], Image]
) -> Iterator[tuple[float, Photo]]:
    """How good each photo of a person is, and the photo."""
    for path in sorted(person.iterdir()):
        if path.suffix.lower() not in _ENDINGS:
            continue
        try:
            image = read(path)
        except ImageError:
            continue
        faces = detector.detect(image)
        worth = _worth(faces[0].landmarks) if len(faces) == 1 else None
        if worth is not None:
            yield worth, Photo(image, faces[0].landmarks)


def _worth(landmarks: Landmarks) -> float | None:
    """Larger for larger and straighter faces; None for those that will not do."""
    level = landmarks[1] - landmarks[0]
    apart = float(np.hypot(*level))
    if apart < LEAST_EYES:
        return None
    beside = float((landmarks[2] - landmarks[:2].mean(axis=0)) @ level) / apart**2
    return None if abs(beside) > MOST_TURNED else min(apart, 120.0) - 200.0 * abs(beside)

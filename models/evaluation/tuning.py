"""`python -m models.evaluation.tuning FOLDER --embedder E`: what each way to see a face is worth.

FOLDER is `person/*.jpg`. Three pictures enrolled, all others probed, one picture a decision; the
FRR of every variant on all people, and on two halves of them: what is chosen on one half must be
judged on the other. The landmarks, places, metric and weight of `models.embedders.spec` and
`MtcnnDetector.steady` were chosen so.
"""

import argparse
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import cv2
import numpy as np

from models.alignment import align
from models.detectors.steadying import steadied
from models.embedders.litert import LiteRTEmbedder
from models.embedders.spec import EMBEDDERS, EmbedderSpec
from models.errors import ImageError, UsageError
from models.evaluation import program
from models.evaluation.crossed import Crossed, crossed
from models.evaluation.enrolment import enrol
from models.evaluation.metrics import Flags, Numbers, at_far
from models.evaluation.people import People, read_people
from models.evaluation.pictures import central_face
from models.evaluation.turns import Faces
from models.types import (
    Array,
    Detection,
    Detector,
    Embedding,
    Image,
    Metric,
    ReferencePoints,
)

RATES = (1e-3, 1e-4, 1e-5)
ENROLLED = 3
WEIGHTS = (0.5, 1.0, 1.5, 2.0)
"""Of the correction for faces that resemble strangers at large."""

_MIN_FACE = 40  # as `facelatch evaluate folder`
_NEAREST = 50_000  # impostors kept one by one: 6 % of those of LFW's half
_LONGEST_SIDE = 1280


@dataclass(frozen=True, slots=True)
class Place:
    """Where a face lies in its chip, against where the embedder's spec has it."""

    scale: float = 1.0
    up: float = 0.0
    """In shares of the chip's side."""

    def points(self, spec: EmbedderSpec) -> ReferencePoints:
        """The landmarks in the chip, (5, 2) pixels."""
        middle = np.float32(spec.size / 2)
        moved = (spec.reference - middle) * np.float32(self.scale) + middle
        return np.asarray(moved - np.array([0, self.up * spec.size]), dtype=np.float32)


PLACES = {
    "here": Place(),
    "small": Place(1 / 1.04),
    "large": Place(1.04),
    "high": Place(up=2 / 112),
    "small+high": Place(1 / 1.04, 2 / 112),
}


@dataclass(frozen=True, slots=True)
class View:
    """One chip of a face."""

    place: str
    mirrored: bool
    twice: bool
    """True where landmarks are measured again before."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to embed a face, and to compare it with a template."""

    views: tuple[View, ...]
    metric: Metric
    commonness: float = 0.0
    """Weight of the correction of `models.evaluation.crossed`."""

    @property
    def name(self) -> str:
        """Such as "twice, here + high mirrored, euclidean, crowd x 1.5"."""
        chips = [f"{view.place}{' mirrored' * view.mirrored}" for view in self.views]
        landmarks = "twice" if self.views[0].twice else "once"
        crowd = f", crowd x {self.commonness:g}" if self.commonness else ""
        return f"{landmarks}, {' + '.join(chips)}, {self.metric}{crowd}"


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """FRR of a variant at each of `RATES`: of all people, of the one half and of the other."""

    variant: Variant
    whole: tuple[float, ...]
    halves: tuple[tuple[float, ...], tuple[float, ...]]


def variants() -> list[Variant]:
    """Step by step from one chip to two, every place of either chip, then the crowd's weights."""
    steps = [
        Variant((View("small", mirrored=False, twice=False),), "cosine"),
        Variant((View("small", mirrored=False, twice=False),), "euclidean"),
        *(Variant(_both("small", "small", twice=twice), "euclidean") for twice in (False, True)),
        Variant((View("here", mirrored=False, twice=True),), "euclidean"),
        Variant(_both("here", "here", twice=True), "cosine"),
    ]
    places = (Variant(_both(*two, twice=True), "euclidean") for two in product(PLACES, PLACES))
    # Where the mirrored chip of resnet lies, and that of mobilefacenet.
    crowds = (
        Variant(_both("here", mirrored, twice=True), "euclidean", weight)
        for mirrored, weight in product(("here", "high"), WEIGHTS)
    )
    return list(dict.fromkeys([*steps, *places, *crowds]))


def half_of(name: str) -> int:
    """The half of the people, 0 or 1, that somebody belongs to."""
    return zlib.crc32(name.encode()) % 2


def seen(
    detector: Detector, embedder: LiteRTEmbedder, image: Image, views: Sequence[View]
) -> dict[View, Embedding] | None:
    """What the network answers to each of `views`, as directions; None without a face."""
    once = central_face(detector.detect(image), image)
    if once is None:
        return None
    twice = steadied(detector, image, once)
    try:
        return {
            view: _answer(embedder, image, twice if view.twice else once, view) for view in views
        }
    except ImageError:
        return None


def embedded(answers: Mapping[View, Array], variant: Variant) -> Array:
    """The embeddings (n, d) that `variant` makes of the answers (n, d) to its views."""
    mean = np.mean([answers[view] for view in variant.views], axis=0)
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), dtype=np.float32)


def missed(
    embeddings: Array,
    person: Numbers,
    metric: Metric,
    *,
    of: Flags | None = None,
    corrections: Crossed | None = None,
) -> tuple[float, ...]:
    """FRR at each of `RATES` among the pictures in `of`. Raises UsageError as `enrol` does."""
    chosen = np.ones(person.size, dtype=bool) if of is None else of
    trials = enrol(
        embeddings[chosen],
        person[chosen],
        metric,
        enrolled=ENROLLED,
        corrections=None if corrections is None else Crossed(corrections.table[:, chosen]),
        capacity=_NEAREST,
    ).trials
    curve = trials.curve()
    return tuple(at_far(curve, rate).frr for rate in RATES)


def tried(answers: Mapping[View, Array], person: Numbers, half: Numbers, variant: Variant) -> Tried:
    """`variant` on all n pictures and on either half; `person` and `half` are (n,)."""
    embeddings = embedded(answers, variant)
    corrections = crossed(Faces(embeddings, person), variant.commonness)
    everybody = np.ones(person.size, dtype=bool)
    whole, one, other = (
        missed(embeddings, person, variant.metric, of=chosen, corrections=corrections)
        for chosen in (everybody, half == 0, half == 1)
    )
    return Tried(variant, whole, (one, other))


def best(results: Sequence[Tried], half: int) -> Tried:
    """The variant of the fewest errors on one half, over all rates; the first of equals."""
    return min(results, key=lambda result: sum(result.halves[half]))


def lines(results: Sequence[Tried]) -> Iterator[str]:
    """What is printed: FRR in percent."""
    rates = " / ".join(f"{rate:g}" for rate in RATES)
    yield f"FRR in % at FAR {rates}, {ENROLLED} pictures enrolled: all people | half 0 | half 1"
    for result in results:
        columns = (result.whole, *result.halves)
        yield f"{' | '.join(_row(values) for values in columns)}   {result.variant.name}"
    for side in (0, 1):
        chosen = best(results, side)
        yield f"chosen on half {side}: {chosen.variant.name}"
        yield f"  on half {1 - side}, which did not choose it: {_row(chosen.halves[1 - side])}"


def _row(values: Sequence[float]) -> str:
    return " ".join(f"{100 * value:5.2f}" for value in values)


def _both(plain: str, mirrored: str, *, twice: bool) -> tuple[View, View]:
    return View(plain, mirrored=False, twice=twice), View(mirrored, mirrored=True, twice=twice)


def _answer(embedder: LiteRTEmbedder, image: Image, face: Detection, view: View) -> Embedding:
    spec = EMBEDDERS[embedder.name]
    points = PLACES[view.place].points(spec)
    chip = align(image, face.landmarks, points, spec.size, stretch=spec.stretch)
    if view.mirrored:
        chip = np.asarray(cv2.flip(chip, 1), dtype=np.uint8)
    return embedder.embed([chip]) if spec.normalised else embedder.answer(chip)


def _read(people: People) -> Iterator[tuple[int, Image]]:
    for number, path in zip(people.person, people.paths, strict=True):
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is not None and max(image.shape[:2]) <= _LONGEST_SIDE:
            yield int(number), np.asarray(image, dtype=np.uint8)


def try_all(people: People, detector: Detector, embedder: LiteRTEmbedder) -> list[Tried]:
    """Every variant; raises UsageError where nobody can be enrolled, or in one half nobody."""
    wanted = variants()
    views = list(dict.fromkeys(view for variant in wanted for view in variant.views))
    found = [
        (number, answers)
        for number, image in _read(people)
        if (answers := seen(detector, embedder, image, views)) is not None
    ]
    if not found:
        raise UsageError("no face in these pictures")
    person = np.array([number for number, _ in found], dtype=np.int32)
    half = np.array([half_of(people.names[number]) for number in person], dtype=np.int32)
    rows = {view: np.array([answers[view] for _, answers in found]) for view in views}
    sys.stderr.write(f"{len(people.paths) - len(found)} pictures unreadable or without a face\n")
    return [tried(rows, person, half, variant) for variant in wanted]


def _measured(folder: Path, embedder: str) -> Iterator[str]:
    from models.detectors.mtcnn import MtcnnDetector

    people = read_people(folder)
    network = LiteRTEmbedder(EMBEDDERS[embedder])
    yield from lines(try_all(people, MtcnnDetector(min_face=_MIN_FACE), network))


def main() -> int:
    """Measures the folder named on the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluation.tuning")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--embedder", choices=sorted(EMBEDDERS), default="mobilefacenet")
    arguments = parser.parse_args()
    return program.run(_measured(arguments.folder, arguments.embedder))


if __name__ == "__main__":
    sys.exit(main())
